/** The rule on the past: the sentence first, then the chart with every alarm that it would have raised. */
import { useCallback, useMemo } from 'react'
import type { Preview, Project } from '../../api/wire.ts'
import { useWords } from '../../language/language.tsx'
import type { Text } from '../../language/words.ts'
import { Panel, Said } from '../../parts/Page.tsx'
import { StateMark } from '../../parts/StateMark.tsx'
import { Table } from '../../parts/Table.tsx'
import { Time } from '../../parts/Time.tsx'
import { MonitorChart } from '../MonitorChart.tsx'

export function PreviewPanel({
  project,
  preview,
  busy,
}: {
  readonly project: Project
  readonly preview: Preview | undefined
  /** What is shown is not yet that of the form. */
  readonly busy: boolean
}) {
  const { t } = useWords()
  return (
    <Panel title={t('preview.title')} note={busy ? t('preview.busy') : undefined}>
      {preview === undefined ? (
        <p className="muted">{busy ? t('preview.first') : t('preview.none')}</p>
      ) : (
        <Played project={project} preview={preview} busy={busy} />
      )}
    </Panel>
  )
}

function Played({
  project,
  preview,
  busy,
}: {
  readonly project: Project
  readonly preview: Preview
  readonly busy: boolean
}) {
  const { t, say } = useWords()
  const { alarms, limits, measurements, monitor } = preview
  const falseAlarms = useFalseAlarms()(preview)
  const newest = limits.at(-1)
  const judged = judgedOf(preview)
  return (
    <div className={busy ? 'played stale' : 'played'}>
      <div aria-live="polite" aria-busy={busy}>
        <p className="finding">{say(previewFinding(preview))}</p>
        {judged > 0 && judged < measurements.length && (
          <p className="muted">{t('preview.judged', { judged, n: measurements.length })}</p>
        )}
        {falseAlarms !== undefined && <p className="muted">{falseAlarms}</p>}
      </div>
      {judged === 0 && measurements.length > 0 && (
        <p className="notice attention">
          <Said>{measurements.at(-1)?.reason}</Said>
        </p>
      )}
      <MonitorChart project={project} history={{ monitor, limits, measurements }} alarms={alarms} height={300} />
      {alarms.length > 0 && (
        <Table
          caption={t('preview.alarms')}
          captionHidden={false}
          rows={alarms}
          rowKey={a => a.from}
          columns={[
            { key: 'from', header: t('preview.from'), heads: true, cell: a => <Time at={a.from} detail="day" /> },
            {
              key: 'to',
              header: t('preview.to'),
              cell: a =>
                a.to === undefined ? (
                  <StateMark state="attention">{t('preview.open')}</StateMark>
                ) : (
                  <Time at={a.to} detail="day" />
                ),
            },
            {
              key: 'headline',
              header: t('alarms.headline'),
              className: () => 'wide',
              cell: a => <Said>{a.headline}</Said>,
            },
          ]}
        />
      )}
      {newest !== undefined && (
        <p className="muted small">
          {t('preview.limits', { n: limits.length })} <Said>{newest.method}</Said>
        </p>
      )}
    </div>
  )
}

/** What it would have done, in one sentence; silence is praised only where something was judged. */
export function previewFinding(preview: Preview): Text {
  if (judgedOf(preview) === 0) return { key: 'preview.few' }
  return { key: 'preview.would', values: { n: preview.alarms.length, days: preview.days } }
}

function judgedOf({ measurements }: Preview): number {
  return measurements.filter(m => m.status !== 'not enough data').length
}

/** How often it alarms for nothing: as designed, and as measured where stable windows could be drawn again. */
function useFalseAlarms(): (preview: Preview) => string | undefined {
  const { t, number } = useWords()
  const whole = useCallback((windows: number) => number(Math.round(windows)), [number])
  return useMemo(
    () =>
      ({ falseAlarms: { arl0, rate, low, high } }: Preview) => {
        const designed = arl0 ?? (low === undefined && rate ? 1 / rate : undefined)
        if (low !== undefined && high !== undefined && high > 0) {
          const few = whole(1 / high)
          const by = whole(designed ?? 1 / high)
          return low > 0
            ? t('preview.measured', { few, most: whole(1 / low), designed: by })
            : t('preview.measuredFew', { few, designed: by })
        }
        return designed === undefined ? undefined : t('preview.designed', { designed: whole(designed) })
      },
    [t, whole],
  )
}
