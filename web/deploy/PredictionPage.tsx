/** One prediction: what was answered and by whom, why, what turned out to be true, and what other versions said. */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import type { ChartOptions } from '../../src/charts/options.ts'
import { type WaterfallData, waterfall, waterfallHeight } from '../../src/charts/waterfall.ts'
import * as queries from '../api/queries.ts'
import type { Explanation, Prediction, Project } from '../api/wire.ts'
import { useWords } from '../language/language.tsx'
import { routeKey } from '../language/vocabulary.ts'
import { Chart } from '../parts/Chart.tsx'
import { Go } from '../parts/Go.tsx'
import { Loaded, LoadedPage } from '../parts/Loaded.tsx'
import { Page, Panel } from '../parts/Page.tsx'
import { Table } from '../parts/Table.tsx'
import { Time } from '../parts/Time.tsx'
import { useZone } from '../parts/zone.tsx'
import { paths } from '../paths.ts'
import { OutcomeText } from './EndpointPage.tsx'

export function PredictionPage({
  project,
  endpoint,
  id,
}: {
  readonly project: Project
  readonly endpoint: string
  readonly id: string
}) {
  const { t, number } = useWords()
  const query = useQuery(queries.prediction(project.name, endpoint, id))
  const explanation = useQuery(queries.explanation(project.name, endpoint, id))
  const three = (value: number) => number(value, { minimumFractionDigits: 3, maximumFractionDigits: 3 })
  return (
    <LoadedPage query={query}>
      {p => (
        <Page
          title={t('predictionPage.title', { key: p.key, output: three(p.output) })}
          eyebrow={<Go to={paths.endpoint(project.name, endpoint)}>{endpoint}</Go>}
          heading={p.key}
          lead={
            <>
              {t('predictionPage.lead', { output: three(p.output), label: project.config.data.label })}{' '}
              <Time at={p.at} />
            </>
          }
        >
          <div className="columns">
            <Panel title={t('predictionPage.answer')}>
              <Facts prediction={p} project={project.name} model={project.config.model} />
            </Panel>
            <Panel title={t('predictionPage.shadows')} note={t('predictionPage.shadowsNote')}>
              <Shadows prediction={p} project={project.name} model={project.config.model} />
            </Panel>
          </div>
          <Panel title={t('predictionPage.why')} note={t('predictionPage.whyNote')}>
            <Loaded query={explanation}>{e => <Why explanation={e} prediction={p} />}</Loaded>
          </Panel>
          <Panel title={t('predictionPage.features')} note={t('predictionPage.featuresNote')}>
            <Features prediction={p} />
          </Panel>
        </Page>
      )}
    </LoadedPage>
  )
}

function Facts({
  prediction: p,
  project,
  model,
}: {
  readonly prediction: Prediction
  readonly project: string
  readonly model: string
}) {
  const { t, number } = useWords()
  return (
    <dl className="facts">
      <dt>{t('prediction.output')}</dt>
      <dd>
        <strong>{number(p.output, { maximumFractionDigits: 4 })}</strong>
      </dd>
      <dt>{t('prediction.outcome')}</dt>
      <dd>
        <OutcomeText prediction={p} />
        {p.outcome && (
          <span className="muted">
            {' '}
            · {t('predictionPage.known')} <Time at={p.outcome.knownAt} />
          </span>
        )}
      </dd>
      <dt>{t('version.version')}</dt>
      <dd>
        <Go to={paths.version(project, model, p.version)}>{p.version}</Go> · {t(routeKey[p.route])}
      </dd>
      <dt>{t('prediction.at')}</dt>
      <dd>
        <Time at={p.at} />
      </dd>
      <dt>{t('predictionPage.recorded')}</dt>
      <dd>
        <Time at={p.recordedAt} />
      </dd>
      <dt>{t('prediction.latency')}</dt>
      <dd>{number(p.latencyMs, { maximumFractionDigits: 2 })}</dd>
      <dt>{t('predictionPage.request')}</dt>
      <dd>
        <code>{p.request}</code>
      </dd>
    </dl>
  )
}

function Shadows({
  prediction,
  project,
  model,
}: {
  readonly prediction: Prediction
  readonly project: string
  readonly model: string
}) {
  const { t, number } = useWords()
  const rows = Object.entries(prediction.shadows)
  if (rows.length === 0) return <p className="muted">{t('predictionPage.noShadows')}</p>
  return (
    <Table
      caption={t('predictionPage.shadows')}
      rows={rows}
      rowKey={([version]) => version}
      columns={[
        {
          key: 'version',
          header: t('version.version'),
          heads: true,
          cell: ([v]) => <Go to={paths.version(project, model, v)}>{v}</Go>,
        },
        {
          key: 'output',
          header: t('prediction.output'),
          number: true,
          cell: ([, o]) => number(o, { maximumFractionDigits: 4 }),
        },
        {
          key: 'difference',
          header: t('predictionPage.difference'),
          number: true,
          cell: ([, o]) => number(o - prediction.output, { maximumFractionDigits: 4, signDisplay: 'exceptZero' }),
        },
      ]}
    />
  )
}

function Why({ explanation, prediction }: { readonly explanation: Explanation; readonly prediction: Prediction }) {
  const { t, number } = useWords()
  const zone = useZone()
  const data = useMemo(
    (): WaterfallData => ({
      base: explanation.base,
      // The answer is a probability; in the contributions' own unit it is their sum.
      output: explanation.contributions.reduce((sum, c) => sum + c.contribution, explanation.base),
      contributions: explanation.contributions.map(c => ({ ...c, value: shown(c.value, number) })),
    }),
    [explanation, number],
  )
  const draw = useCallback(
    (options: ChartOptions) =>
      waterfall(data, {
        ...options,
        labels: { base: t('why.base'), output: t('why.output'), rest: n => t('why.rest', { n }) },
      }),
    [data, t],
  )
  const largest = [...explanation.contributions].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
  const first = largest[0]
  const signed = (value: number) => number(value, { maximumFractionDigits: 3, signDisplay: 'exceptZero' })
  return (
    <Chart
      title={t('predictionPage.why')}
      finding={
        first === undefined
          ? ''
          : t('why.finding', {
              key: prediction.key,
              feature: first.feature,
              value: shown(first.value, number),
              change: signed(first.contribution),
            })
      }
      empty={t('why.none')}
      zone={zone}
      height={waterfallHeight(data.contributions.length)}
      draw={draw}
      table={
        <Table
          caption={t('predictionPage.why')}
          rows={largest}
          rowKey={c => c.feature}
          columns={[
            { key: 'feature', header: t('cause.feature'), heads: true, cell: c => <code>{c.feature}</code> },
            { key: 'value', header: t('measurement.value'), cell: c => shown(c.value, number) },
            { key: 'contribution', header: t('why.contribution'), number: true, cell: c => signed(c.contribution) },
          ]}
        />
      }
    />
  )
}

function Features({ prediction }: { readonly prediction: Prediction }) {
  const { number } = useWords()
  return (
    <dl className="grid-facts">
      {Object.entries(prediction.features).map(([name, value]) => (
        <div key={name}>
          <dt>
            <code>{name}</code>
          </dt>
          <dd>{shown(value, number)}</dd>
        </div>
      ))}
    </dl>
  )
}

/** A value of a column; a missing one is a dash. */
function shown(
  value: string | number | null | undefined,
  number: (value: number, options: Intl.NumberFormatOptions) => string,
): string {
  if (value === null || value === undefined || value === '') return '–'
  return typeof value === 'string' ? value : number(value, { maximumSignificantDigits: 6, useGrouping: false })
}
