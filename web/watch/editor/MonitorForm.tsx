/** The fields of a monitor: what is watched, on which rows, by which rule, and when windows become an alarm. */
import type { ReactNode } from 'react'
import { parseDuration } from '../../../src/base/time.ts'
import type { ChartKind } from '../../../src/loop/signals.ts'
import type { MonitorOptions } from '../../api/wire.ts'
import { useWords } from '../../language/language.tsx'
import { chartKey } from '../../language/vocabulary.ts'
import type { PlainKey } from '../../language/words.ts'
import { useMonitorName } from '../../parts/monitorName.ts'
import { Panel, Said } from '../../parts/Page.tsx'
import { type Draft, driftChoices, driftValue, signalIn, watching } from './draft.ts'
import { Field } from './Field.tsx'

interface FormProps {
  readonly draft: Draft
  readonly options: MonitorOptions
  /** What is wrong, by key of the entry. */
  readonly errors: Readonly<Record<string, string>>
  readonly change: (draft: Draft) => void
}

export function MonitorForm(props: FormProps) {
  const { t } = useWords()
  return (
    <>
      <Panel title={t('editor.what')}>
        <What {...props} />
      </Panel>
      <Panel title={t('editor.rows')}>
        <Rows {...props} />
      </Panel>
      <Panel title={t('editor.rule')}>
        <Rule {...props} />
      </Panel>
      <Panel title={t('editor.alarm')}>
        <AlarmRule {...props} />
      </Panel>
    </>
  )
}

type Texts = { readonly [Name in keyof Draft as Draft[Name] extends string ? Name : never]: Draft[Name] }

/** Fields that write what is typed into the draft. */
function useFields({ draft, errors, change }: FormProps) {
  return {
    text: (
      name: keyof Texts,
      label: string,
      more: { hint?: ReactNode; error?: string | undefined; numeric?: boolean; placeholder?: string } = {},
    ) => (
      <Field label={label} hint={more.hint} error={more.error} narrow={more.numeric === true}>
        {control => (
          <input
            {...control}
            value={draft[name]}
            inputMode={more.numeric ? 'decimal' : undefined}
            placeholder={more.placeholder}
            autoComplete="off"
            spellCheck={false}
            onChange={event => change({ ...draft, [name]: event.target.value })}
          />
        )}
      </Field>
    ),
    select: (
      name: keyof Texts,
      label: string,
      choices: readonly (readonly [value: string, label: string])[],
      more: { hint?: ReactNode; error?: string | undefined; then?: (draft: Draft) => Draft } = {},
    ) => (
      <Field label={label} hint={more.hint} error={more.error}>
        {control => (
          <select
            {...control}
            value={draft[name]}
            onChange={event => change((more.then ?? same)({ ...draft, [name]: event.target.value }))}
          >
            {choices.map(([of, words]) => (
              <option key={of} value={of}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
    ),
    errors,
  }
}

const same = (draft: Draft) => draft

const groupKey: Readonly<Record<MonitorOptions['signals'][number]['group'], PlainKey>> = {
  performance: 'group.performance',
  estimated: 'group.estimated',
  prediction: 'group.prediction',
  quality: 'group.quality',
  service: 'group.service',
  labels: 'group.labels',
  skew: 'group.skew',
}

function What(props: FormProps) {
  const { draft, options, errors, change } = props
  const { t } = useWords()
  const name = useMonitorName()
  const { text, select } = useFields(props)
  const signal = signalIn(options, draft.of)
  const groups = Object.keys(groupKey) as (keyof typeof groupKey)[]
  return (
    <div className="fields">
      <Field
        label={t('editor.signal')}
        hint={signal === undefined ? t('editor.driftHint') : <Said>{signal.about}</Said>}
        error={errors.of ?? errors.drift}
      >
        {control => (
          <select
            {...control}
            value={draft.of}
            onChange={event => change(watching(draft, event.target.value, options))}
          >
            <optgroup label={t('group.drift')}>
              {driftChoices.map(drift => (
                <option key={drift} value={driftValue(drift)}>
                  {name(drift === 'features' ? 'drift' : 'prediction drift')}
                </option>
              ))}
            </optgroup>
            {groups.map(group => {
              const own = options.signals.filter(of => of.group === group)
              return (
                own.length > 0 && (
                  <optgroup key={group} label={t(groupKey[group])}>
                    {own.map(({ of }) => (
                      <option key={of} value={of}>
                        {name(of)}
                      </option>
                    ))}
                  </optgroup>
                )
              )
            })}
          </select>
        )}
      </Field>
      {signal?.column &&
        select(
          'column',
          t('editor.column'),
          options.columns.map(column => [column.name, column.name] as const),
          {
            error: errors.column,
          },
        )}
      {signal?.decision &&
        text('decision', t('editor.decision'), {
          numeric: true,
          hint: t('editor.decisionHint'),
          error: errors.decision,
        })}
      {draft.of === driftValue('features') && <Columns {...props} />}
    </div>
  )
}

function Columns({ draft, options, errors, change }: FormProps) {
  const { t } = useWords()
  const chosen = new Set(draft.columns)
  return (
    <details className="field" open={chosen.size > 0 || errors.columns !== undefined}>
      <summary>{chosen.size === 0 ? t('editor.allColumns') : t('editor.someColumns', { n: chosen.size })}</summary>
      <fieldset className="choices many">
        <legend className="hidden-visually">{t('editor.columns')}</legend>
        {options.columns.map(({ name }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={chosen.has(name)}
              onChange={event =>
                change({
                  ...draft,
                  columns: event.target.checked ? [...draft.columns, name] : draft.columns.filter(x => x !== name),
                })
              }
            />
            <code>{name}</code>
          </label>
        ))}
      </fieldset>
      {errors.columns !== undefined && (
        <p className="field-error small">
          <Said>{errors.columns}</Said>
        </p>
      )}
    </details>
  )
}

function Rows(props: FormProps) {
  const { draft, options, errors } = props
  const { t } = useWords()
  const windowText = useWindowText()
  const { select, text } = useFields(props)
  const windows = options.windows.includes(draft.every) ? options.windows : [...options.windows, draft.every]
  const categories = options.columns.filter(column => column.kind === 'text')
  const values = categories.find(column => column.name === draft.segmentColumn)?.values ?? []
  const segments = signalIn(options, draft.of)?.segments ?? true
  const first = (of: Draft): Draft => {
    const column = categories.find(c => c.name === of.segmentColumn) ?? categories[0]
    const known = column?.values ?? []
    return {
      ...of,
      segmentColumn: column?.name ?? '',
      segmentValue: known.includes(of.segmentValue) ? of.segmentValue : (known[0] ?? ''),
    }
  }
  return (
    <div className="fields">
      {select(
        'every',
        t('editor.window'),
        windows.map(of => [of, windowText(of)] as const),
        { error: errors.every },
      )}
      {segments &&
        categories.length > 0 &&
        select(
          'scope',
          t('editor.scope'),
          [
            ['all', t('editor.scopeAll')],
            ['segment', t('editor.scopeSegment')],
            ['by', t('editor.scopeBy')],
          ],
          { then: first, error: errors.segment ?? errors.by },
        )}
      {draft.scope !== 'all' &&
        select(
          'segmentColumn',
          t('editor.column'),
          categories.map(column => [column.name, column.name] as const),
          {
            then: first,
          },
        )}
      {draft.scope === 'segment' &&
        (values.length > 0
          ? select(
              'segmentValue',
              t('editor.value'),
              values.map(of => [of, of] as const),
            )
          : text('segmentValue', t('editor.value')))}
    </div>
  )
}

/** `1 day` and `1000 rows` in the language of the page. */
function useWindowText(): (window: string) => string {
  const { t, number } = useWords()
  return window => {
    const rows = /^([\d_,]+) rows?$/.exec(window)
    if (rows) return t('monitor.rows', { n: Number(rows[1]!.replaceAll(/[_,]/g, '')) })
    try {
      return durationText(parseDuration(window), number)
    } catch {
      return window
    }
  }
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** In the largest unit that gives at least two, or one exactly. */
function durationText(ms: number, number: (value: number, options: Intl.NumberFormatOptions) => string): string {
  const [unit, size] = units.find(([, size]) => ms === size || ms >= 2 * size) ?? units[2]
  return number(ms / size, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 1 })
}

function Rule(props: FormProps) {
  const { draft, options } = props
  if (draft.rule === 'drift') return <DriftRule {...props} />
  const fits = signalIn(options, draft.of)?.charts ?? []
  return (
    <div className="fields">
      {fits.length > 0 && <RuleKind {...props} />}
      {draft.rule === 'bounds' ? <Bounds {...props} /> : <ChartRule {...props} charts={fits} />}
    </div>
  )
}

function DriftRule(props: FormProps) {
  const { t } = useWords()
  const { text, errors } = useFields(props)
  return (
    <div className="fields">
      {text('inWindows', t('editor.inWindows'), {
        numeric: true,
        hint: <Patience every={props.draft.every} windows={Number(props.draft.inWindows)} />,
        error: errors.false_alarms,
      })}
    </div>
  )
}

function RuleKind({ draft, change }: FormProps) {
  const { t } = useWords()
  return (
    <fieldset className="choices field">
      <legend>{t('editor.kind')}</legend>
      {(['chart', 'bounds'] as const).map(rule => (
        <label key={rule}>
          <input type="radio" name="rule" checked={draft.rule === rule} onChange={() => change({ ...draft, rule })} />
          <span>
            {t(rule === 'chart' ? 'editor.kindChart' : 'editor.kindBounds')}{' '}
            <span className="muted small">
              {t(rule === 'chart' ? 'editor.kindChartHint' : 'editor.kindBoundsHint')}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}

function Bounds(props: FormProps) {
  const { t } = useWords()
  const { text, errors } = useFields(props)
  const unit = signalIn(props.options, props.draft.of)?.unit
  const hint = unit === 'share' ? t('editor.shareHint') : unit === 'ms' ? t('editor.timeHint') : undefined
  return (
    <>
      {text('above', t('editor.above'), { numeric: true, hint, error: errors.above })}
      {text('below', t('editor.below'), { numeric: true, error: errors.below ?? errors.of })}
    </>
  )
}

const chartHint: Readonly<Record<ChartKind, PlainKey>> = {
  ewma: 'chart.ewmaHint',
  shewhart: 'chart.shewhartHint',
  cusum: 'chart.cusumHint',
  p: 'chart.pHint',
}

function ChartRule(props: FormProps & { readonly charts: readonly ChartKind[] }) {
  const { draft, change, charts } = props
  const { t } = useWords()
  const { text, select, errors } = useFields(props)
  return (
    <>
      {select(
        'chart',
        t('editor.chart'),
        charts.map(chart => [chart, t(chartKey[chart])] as const),
        {
          hint: t(chartHint[draft.chart]),
          error: errors.chart,
        },
      )}
      {draft.chart === 'ewma' &&
        text('lambda', t('editor.lambda'), { numeric: true, hint: t('editor.lambdaHint'), error: errors.lambda })}
      {draft.chart === 'cusum' &&
        text('shift', t('editor.shift'), { numeric: true, hint: t('editor.shiftHint'), error: errors.shift })}
      {text('arl0', t('editor.arl0'), {
        numeric: true,
        hint: <Patience every={draft.every} windows={Number(draft.arl0)} />,
        error: errors.arl0,
      })}
      {select(
        'side',
        t('editor.side'),
        [
          ['both', t('side.both')],
          ['upper', t('side.upper')],
          ['lower', t('side.lower')],
        ],
        { error: errors.side },
      )}
      <fieldset className="choices field">
        <legend>{t('editor.basis')}</legend>
        {(['estimated', 'given'] as const).map(basis => (
          <label key={basis}>
            <input
              type="radio"
              name="basis"
              checked={draft.basis === basis}
              onChange={() => change({ ...draft, basis })}
            />
            <span>{t(basis === 'given' ? 'editor.given' : 'editor.estimated')}</span>
          </label>
        ))}
      </fieldset>
      {draft.basis === 'given' && (
        <>
          {text('centre', t('editor.centre'), { numeric: true, error: errors.centre })}
          {draft.chart !== 'p' &&
            text('sd', t('editor.sd'), { numeric: true, hint: t('editor.sdHint'), error: errors.sd })}
        </>
      )}
    </>
  )
}

/** One false alarm in so many windows, as time where windows are time: what the number means to whoever is woken. */
function Patience({ every, windows }: { readonly every: string; readonly windows: number }) {
  const { t, number } = useWords()
  if (!(windows > 0)) return null
  const rows = /^([\d_,]+) rows?$/.exec(every)
  if (rows) {
    const n = windows * Number(rows[1]!.replaceAll(/[_,]/g, ''))
    return <>{t('editor.patience', { span: t('monitor.rows', { n }) })}</>
  }
  try {
    return <>{t('editor.patience', { span: durationText(windows * parseDuration(every), number) })}</>
  } catch {
    return null
  }
}

function AlarmRule(props: FormProps) {
  const { t } = useWords()
  const { text, select, errors } = useFields(props)
  return (
    <div className="fields">
      <div className="field-row">
        {text('out', t('editor.out'), { numeric: true, error: errors['alarm.out'] })}
        {text('ofLast', t('editor.ofLast'), { numeric: true, error: errors['alarm.of'] })}
        {text('clean', t('editor.clean'), { numeric: true, error: errors['alarm.clean'] })}
      </div>
      {select(
        'severity',
        t('editor.severity'),
        [
          ['', t('severity.usual')],
          ['warning', t('severity.warning')],
          ['critical', t('severity.critical')],
        ],
        { error: errors['alarm.severity'] },
      )}
      {text('name', t('editor.name'), { hint: t('editor.nameHint'), error: errors.name })}
    </div>
  )
}
