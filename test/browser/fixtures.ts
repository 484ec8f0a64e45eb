/**
 * A flights project in the middle of its year, as the records of the ring: what the pages are shown in tests. Made from a
 * seed, so that every run shows the same. The figures are invented; nothing is claimed from them.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AuditEntry, Prediction } from '../../src/base/ports.ts'
import { modelCard } from '../../src/govern/card.ts'
import { parseProject } from '../../src/loop/projectFile.ts'
import type {
  Action,
  Alarm,
  Alias,
  DatasetVersion,
  Endpoint,
  Limits,
  Measurement,
  ModelVersion,
  Monitor,
  Notice,
  Project,
  Step,
} from '../../src/loop/records.ts'
import { stamp } from '../../src/loop/records.ts'
import { random } from '../../src/numeric/random.ts'

/** Which moment of the year is shown. */
export type Scenario = 'retraining' | 'well' | 'blocked' | 'waiting' | 'first day' | 'no project'

type Stored<Body> = Body & { readonly id: string }

export interface Fixtures {
  readonly now: number
  readonly projects: readonly Project[]
  readonly datasets: readonly DatasetVersion[]
  readonly versions: readonly ModelVersion[]
  readonly aliases: readonly Alias[]
  readonly endpoint: Endpoint | undefined
  readonly monitors: readonly Monitor[]
  readonly limits: readonly Limits[]
  readonly measurements: readonly Measurement[]
  readonly alarms: readonly Stored<Alarm>[]
  readonly actions: readonly Stored<Action>[]
  /** As the API shows them, newest first. */
  readonly notices: readonly Stored<Notice & { readonly event: string; readonly title: string }>[]
  readonly predictions: readonly Prediction[]
  readonly performance: readonly { readonly from: number }[]
  readonly audit: readonly AuditEntry[]
  evidence(semver: string): { readonly evaluation: object; readonly gate?: object; readonly refit: object }
  card(semver: string): string
  explanation(key: string): object | undefined
}

const day = 86_400_000
const hour = 3_600_000
const project = 'flights'
const model = 'late-arrival'
const digest = (text: string) => createHash('sha256').update(text).digest('hex')

const folder = new URL('../../examples/flights/', import.meta.url)
const yaml = readFileSync(new URL('falconer.yaml', folder), 'utf8')
const query = 'select flight_id, carrier, origin, dest, distance, hour(predicted_at) as hour from flights'
const config: Project['config'] = {
  ...parseProject(yaml, () => query),
  notify: [
    {
      name: 'on-call',
      to: { kind: 'webhook', url: 'https://hooks.example.com/falconer' },
      on: ['alarm', 'approval'],
      severity: 'critical',
      afterMs: 0,
    },
    {
      name: 'team',
      to: {
        kind: 'email',
        to: ['team@example.com'],
        from: 'falconer@example.com',
        smtp: { env: 'FALCONER_SECRET_SMTP' },
      },
      on: ['alarm', 'trouble'],
      severity: 'warning',
      afterMs: hour,
    },
  ],
}

/** Local midnight in New York of a day of 2013; summer time began on 10 March. */
const at = (month: number, date: number, hours = 0) =>
  Date.UTC(2013, month - 1, date, (month === 3 && date < 11) || month < 3 ? 5 : 4) + hours * hour

const importance = [
  ['hour', 5210, 912],
  ['temp', 2870, 640],
  ['carrier', 2510, 388],
  ['dest', 2240, 420],
  ['precip', 1980, 233],
  ['visib', 1430, 190],
  ['wind_speed', 1120, 301],
  ['origin', 890, 122],
  ['day_of_week', 760, 140],
  ['humid', 740, 260],
  ['pressure', 610, 250],
  ['distance', 420, 180],
  ['seats', 190, 90],
  ['year_made', 120, 85],
].map(([feature, gain, split]) => ({ feature: String(feature), gain: Number(gain), split: Number(split) }))

export function fixtures(scenario: Scenario): Fixtures {
  const now = scenario === 'first day' ? at(1, 2) : at(6, 18, 9)
  const projects: Project[] =
    scenario === 'no project'
      ? []
      : [{ name: project, config, yaml, query, appliedAt: at(3, 1), killSwitch: { on: false, by: '', reason: '' } }]
  const started = scenario !== 'no project' && scenario !== 'first day'
  const versions = started ? allVersions(scenario) : []
  const actions = started ? allActions(scenario) : []
  const alarms = started ? allAlarms(scenario) : []
  const measured = started ? measurementsOf(now) : []
  const endpoint = started ? endpointOf(scenario, now) : undefined
  const evidence = (semver: string) => ({
    evaluation: {
      rows: 24_310,
      heldFrom: at(2, 1),
      trainedRows: 26_480,
      metrics: versions.find(v => v.semver === semver)?.metrics ?? {},
      skew: { compared: 1_204_300, different: 0 },
    },
    ...(semver !== '1.0.0' && {
      gate: {
        metric: 'log_loss',
        rows: 13_004,
        days: 14,
        difference: -0.0142,
        interval: [-0.0218, -0.0067],
        confidence: 0.95,
        decision: 'passed',
        segments: [
          { column: 'origin', value: 'EWR', rows: 4703, difference: -0.0151, decision: 'not worse' },
          { column: 'origin', value: 'JFK', rows: 4310, difference: -0.0119, decision: 'not worse' },
          { column: 'origin', value: 'LGA', rows: 3991, difference: -0.0158, decision: 'not worse' },
        ],
      },
    }),
    refit: {
      rows: 50_790,
      from: at(1, 1),
      to: at(2, 28),
      note: 'The served model saw the held-out rows too; the evaluation is that of the same recipe without them.',
      importance,
      notes: [],
    },
  })
  return {
    now,
    projects,
    datasets: started ? datasets() : [],
    versions,
    aliases: started ? [{ project, model, alias: 'champion', semver: '1.1.0', movedAt: at(4, 21, 7) }] : [],
    endpoint,
    monitors: started ? monitorsOf(now, measured) : [],
    limits: started ? limitsOf() : [],
    measurements: measured,
    alarms,
    actions,
    notices: noticesOf(alarms),
    predictions: started ? predictionsOf(now) : [],
    performance: started ? performance() : [],
    audit: started ? audit(actions, alarms) : [],
    evidence,
    card: semver => {
      const version = versions.find(v => v.semver === semver)!
      return modelCard({
        version,
        evidence: evidence(semver) as Parameters<typeof modelCard>[0]['evidence'],
        project: config,
        datasets: datasets(),
        history: versions,
      }).markdown
    },
    explanation: key => (predictionsOf(now).some(p => p.key === key) ? explanationOf() : undefined),
  }
}

// ---------------------------------------------------------------- Data

function datasets(): DatasetVersion[] {
  const rows: Readonly<Record<string, number>> = {
    flights: 336_776,
    weather: 26_115,
    planes: 3_322,
    airports: 1_458,
    airlines: 16,
  }
  const found: Readonly<Record<string, Partial<DatasetVersion['contract'][number]>>> = {
    'weather wind_speed': {
      failingRows: 1,
      failingShare: 1 / 26_115,
      examples: [{ key: 'EWR 2013-02-12T08:00Z', value: '1048.36' }],
    },
    'weather pressure': {
      failingRows: 2729,
      failingShare: 2729 / 26_115,
      examples: [{ key: 'EWR 2013-01-01T22:00Z', value: 'null' }],
    },
    'flights dest': {
      failingRows: 7602,
      failingShare: 7602 / 336_776,
      examples: [
        { key: '2013-01-01 B6 725 JFK', value: 'BQN' },
        { key: '2013-01-01 B6 701 JFK', value: 'SJU' },
      ],
    },
    'flights tailnum': {
      failingRows: 52_606,
      failingShare: 0.1562,
      examples: [{ key: '2013-01-01 AA 301 LGA', value: 'N3ALAA' }],
    },
  }
  return Object.entries(config.datasets).map(([dataset, declared]) => ({
    project,
    dataset,
    version: 1,
    digest: digest(dataset),
    source: { name: declared.file ?? '', digest: digest(`${dataset} file`), sizeBytes: 1_000_000 },
    content: digest(`${dataset} content`),
    rows: rows[dataset] ?? 0,
    schema: [
      ...declared.key.map(name => ({ name, kind: 'text' as const })),
      { name: 'time_hour', kind: 'time' as const },
      { name: 'distance', kind: 'number' as const },
    ],
    profile: digest(`${dataset} profile`),
    contract: declared.contract.map(check => {
      const breach = found[`${dataset} ${check.column}`]
      return {
        check: check.name,
        ...(check.column !== undefined && { column: check.column }),
        then: check.then,
        failingRows: 0,
        failingShare: 0,
        status: breach ? ('breached' as const) : ('passed' as const),
        examples: [],
        ...breach,
      }
    }),
    blankedCells: dataset === 'weather' ? 1 : 0,
    quarantined: { rows: 0, reasons: {} },
    importedAt: at(3, 1) - 20 * 60_000,
  }))
}

// ---------------------------------------------------------------- Model

function allVersions(scenario: Scenario): ModelVersion[] {
  const version = (
    number: number,
    state: ModelVersion['state'],
    registeredAt: number,
    metrics: Record<string, number>,
    changes: string,
    action: string,
  ): ModelVersion => {
    const semver = `1.${number - 1}.0`
    return {
      project,
      model,
      version: number,
      semver,
      digest: digest(semver),
      sizeBytes: 412_000 + 8_000 * number,
      signature: {
        inputs: importance.map(({ feature }) => ({
          name: feature,
          kind: ['carrier', 'dest', 'origin'].includes(feature) ? 'text' : 'number',
        })),
        output: { name: 'probability', task: 'binary' },
      },
      lineage: {
        datasets: Object.keys(config.datasets).map(dataset => ({ dataset, version: 1, digest: digest(dataset) })),
        query: digest(query),
        trainingSet: digest(`training ${semver}`),
        rows: 50_790 + 31_000 * (number - 1),
        from: at(1, 1),
        to: registeredAt - day,
        asOf: registeredAt - 2 * hour,
        recipe: config.train.recipe,
        seed: config.train.seed,
        falconer: '0.1.0',
        ...(number > 1 && { parent: `1.${number - 2}.0` }),
        action,
      },
      metrics,
      evaluatedRows: 13_004,
      evidence: digest(`evidence ${semver}`),
      reference: digest(`reference ${semver}`),
      changes,
      state,
      registeredAt,
    }
  }
  const list = [
    version(
      1,
      'replaced',
      at(3, 1),
      { auc: 0.7214, brier: 0.1579, log_loss: 0.4887, accuracy: 0.7801, ece: 0.0131 },
      'First version',
      `${project}/${model}/${stamp(at(3, 1) - hour)}`,
    ),
    version(
      2,
      'live',
      at(4, 19, 5),
      { auc: 0.7433, brier: 0.1602, log_loss: 0.4921, accuracy: 0.7764, ece: 0.0118 },
      'Retrained: observed − expected left its limits on 17 April',
      `${project}/${model}/${stamp(at(4, 19, 4))}`,
    ),
  ]
  if (scenario === 'retraining' || scenario === 'waiting') {
    list.push(
      version(
        3,
        scenario === 'waiting' ? 'registered' : 'canary',
        at(6, 16, 5),
        { auc: 0.7502, brier: 0.1747, log_loss: 0.5283, accuracy: 0.7588, ece: 0.0104 },
        'Retrained: AUC left its limits on 15 June',
        `${project}/${model}/${stamp(at(6, 16, 4))}`,
      ),
    )
  }
  return list.reverse()
}

function endpointOf(scenario: Scenario, now: number): Endpoint {
  const route = (mode: 'live' | 'canary' | 'shadow', semver: string, share?: number) => ({
    mode,
    semver,
    digest: digest(semver),
    ...(share !== undefined && { share }),
  })
  return {
    project,
    name: config.deploy.endpoint,
    model,
    routes: [
      route('live', '1.1.0'),
      ...(scenario === 'retraining' ? [route('canary', '1.2.0', 0.1)] : []),
      route('shadow', '1.0.0'),
    ],
    previous: { semver: '1.0.0', digest: digest('1.0.0') },
    switchedAt: scenario === 'retraining' ? now - 9 * hour : at(4, 21, 7),
    createdAt: at(3, 1),
  }
}

// ---------------------------------------------------------------- Watch

const levels: Readonly<Record<string, readonly [centre: number, sd: number]>> = {
  'observed - expected': [0, 0.021],
  auc: [0.718, 0.017],
  log_loss: [0.486, 0.034],
  brier: [0.157, 0.012],
  drift: [0, 1],
}

/** How far each monitor is from its centre on a day, in standard deviations of the chart. */
function trouble(name: string, from: number): number {
  const second = from >= at(6, 13)
  const first = from >= at(4, 8) && from < at(4, 21)
  if (name === 'observed - expected') return first ? 1.6 : second ? 0.5 : 0
  if (name === 'auc') return second ? -1.9 : first ? -0.5 : 0
  if (name === 'drift') return first ? 2 : from > at(5, 28) ? 3 : 0
  return second ? 0.6 : 0
}

function measurementsOf(now: number): Measurement[] {
  const draw = random('fixtures')
  return config.watch.flatMap(monitor => {
    const name = monitor.name
    const [centre, sd] = levels[name] ?? [0, 1]
    const noise = draw.fork(name)
    const lambda = monitor.kind === 'chart' ? monitor.lambda : 1
    let z = centre
    let n = 0
    let semver = '1.0.0'
    const days = Math.floor((now - day - at(3, 1)) / day)
    return Array.from({ length: days }, (_, i): Measurement => {
      const from = at(3, 1) + i * day + (at(3, 1) + i * day >= at(3, 11) - hour ? -hour : 0)
      if (from >= at(4, 21) && semver === '1.0.0') {
        semver = '1.1.0'
        z = centre
        n = 0
      }
      n++
      const rows = 880 + Math.round(60 * noise.next())
      const common = {
        project,
        endpoint: config.deploy.endpoint,
        monitor: name,
        from,
        to: from + day,
        semver,
        rows,
        limits: semver === '1.0.0' ? 1 : 2,
        measuredAt: from + 2 * day,
      }
      if (monitor.kind === 'drift') {
        const drifted = Math.max(0, Math.round(trouble(name, from) + noise.next() * 1.2 - 0.5))
        return {
          ...common,
          value: drifted,
          charted: drifted,
          centre: 0,
          upper: 0.5,
          status: drifted > 0 ? 'out' : 'ok',
          columns: importance.map(({ feature }, c) => {
            const out = c < drifted
            const effect = (out ? 0.3 : 0.03) + 0.02 * noise.next()
            const p = out ? 1e-9 * (c + 1) : 0.1 + 0.8 * noise.next()
            return {
              column: feature,
              statistic: effect,
              effect,
              p,
              pAdjusted: Math.min(1, p * 14),
              drifted: out,
              method: c % 2 === 0 ? 'EWMA of the daily level' : 'JS distance over days',
            }
          }),
        }
      }
      if (name === 'auc' && (i === 40 || i === 41)) {
        return { ...common, rows: 12, status: 'not enough data', reason: '12 outcomes are known, 200 are needed' }
      }
      const value = centre + sd * (trouble(name, from) + noise.normal())
      z = lambda * value + (1 - lambda) * z
      const width = 2.962 * sd * Math.sqrt((lambda / (2 - lambda)) * (1 - (1 - lambda) ** (2 * n)))
      const out = z > centre + width || z < centre - width
      return {
        ...common,
        value,
        charted: z,
        centre,
        lower: centre - width,
        upper: centre + width,
        coverage: 0.998,
        status: out ? 'out' : 'ok',
      }
    })
  })
}

function monitorsOf(now: number, measured: readonly Measurement[]): Monitor[] {
  return config.watch.map(monitor => {
    const name = monitor.name
    const own = measured.filter(m => m.monitor === name)
    const lastIn = own.findLastIndex(m => m.status !== 'out')
    const out = own.length - 1 - lastIn
    return {
      project,
      endpoint: config.deploy.endpoint,
      name,
      config: monitor,
      limits: 2,
      measuredTo: own.at(-1)?.to ?? now,
      state: { z: own.at(-1)?.charted ?? 0 },
      run: { out, in: out > 0 ? 0 : 3 },
    }
  })
}

function limitsOf(): Limits[] {
  return config.watch.flatMap(monitor =>
    [1, 2].map((version): Limits => {
      const name = monitor.name
      const [centre, sd] = levels[name] ?? [0, 1]
      const half = 2.962 * sd * Math.sqrt(0.2 / 1.8)
      return {
        project,
        endpoint: config.deploy.endpoint,
        monitor: name,
        version,
        semver: `1.${version - 1}.0`,
        method: monitor.kind === 'chart' ? 'EWMA, σ from days' : 'sketches by day, Benjamini-Hochberg',
        centre,
        sd,
        width: 2.962,
        lower: centre - half,
        upper: centre + half,
        days: 28,
        from: version === 1 ? at(2, 1) : at(4, 4),
        to: version === 1 ? at(3, 1) : at(4, 18),
        parameters: { lambda: 0.2, arl0: 500 },
        setAt: version === 1 ? at(3, 1) : at(4, 21, 7),
      }
    }),
  )
}

function allAlarms(scenario: Scenario): Stored<Alarm>[] {
  const alarm = (
    monitor: string,
    openedAt: number,
    state: Alarm['state'],
    severity: Alarm['severity'],
    headline: string,
    more: Partial<Alarm> = {},
  ): Stored<Alarm> => ({
    id: `${stamp(openedAt)}~${monitor}`,
    project,
    endpoint: config.deploy.endpoint,
    monitor,
    openedAt,
    state,
    severity,
    semver: '1.1.0',
    headline,
    first: `${project}/${config.deploy.endpoint}/${monitor}/${stamp(openedAt - 2 * day)}`,
    last: `${project}/${config.deploy.endpoint}/${monitor}/${stamp(openedAt)}`,
    windowsOut: 3,
    ...more,
  })
  const cause: Alarm['cause'] = {
    movedFeatures: [
      { feature: 'temp', change: 0.184 },
      { feature: 'precip', change: 0.121 },
      { feature: 'hour', change: -0.064 },
      { feature: 'visib', change: 0.052 },
      { feature: 'carrier', change: 0.038 },
      { feature: 'wind_speed', change: -0.021 },
      { feature: 'dest', change: 0.012 },
    ],
    segments: [
      { column: 'origin', value: 'EWR', rows: 4703, contribution: 0.0123, loss: 0.571, referenceLoss: 0.494 },
      { column: 'carrier', value: 'EV', rows: 2210, contribution: 0.0094, loss: 0.642, referenceLoss: 0.548 },
      { column: 'origin', value: 'JFK', rows: 4310, contribution: 0.0049, loss: 0.52, referenceLoss: 0.481 },
      { column: 'hour', value: '17–19', rows: 2204, contribution: 0.0041, loss: 0.633, referenceLoss: 0.57 },
      { column: 'origin', value: 'LGA', rows: 3991, contribution: -0.0011, loss: 0.476, referenceLoss: 0.479 },
    ],
  }
  const april = alarm(
    'observed - expected',
    at(4, 19, 4),
    'resolved',
    'critical',
    'Observed minus expected is 0.031, above its upper limit 0.021, since 17 April.',
    {
      semver: '1.0.0',
      cause,
      action: `${project}/${model}/${stamp(at(4, 19, 4))}`,
      resolvedAt: at(4, 21, 7),
      resolvedBy: 'falconer',
    },
  )
  const drift = alarm(
    'drift',
    at(5, 31, 4),
    scenario === 'well' ? 'resolved' : 'open',
    'warning',
    '3 of 14 columns have drifted since 29 May: hour, temp, carrier.',
    { windowsOut: 18, ...(scenario === 'well' && { resolvedAt: at(6, 2, 4), resolvedBy: 'falconer' }) },
  )
  if (scenario === 'well') return [drift, april]
  const june = alarm(
    'auc',
    at(6, 16, 4),
    'open',
    'critical',
    'AUC is 0.688, below its lower limit 0.701, since 14 June.',
    { cause, action: `${project}/${model}/${stamp(at(6, 16, 4))}` },
  )
  return [june, drift, april]
}

/** One message per alarm and channel; the newest could not be delivered. */
function noticesOf(alarms: readonly Stored<Alarm>[]): Fixtures['notices'] {
  return alarms.flatMap((alarm, i) =>
    (config.notify ?? []).map(({ name }, c) => {
      const failed = i === 0 && c === 0
      const subject = `${project}/${alarm.endpoint}/${alarm.id.replace('~', '/')}`
      const title = `${alarm.monitor} is out of its limits`
      return {
        id: `${String(900 - 10 * i).padStart(12, '0')}~${name}`,
        project,
        channel: name,
        event: 'alarm.opened',
        title,
        message: {
          event: 'alarm.opened',
          group: 'alarm',
          severity: alarm.severity,
          project,
          subject,
          at: alarm.openedAt,
          title,
          text: alarm.headline,
          facts: [],
          path: `/projects/${project}/alarms/${encodeURIComponent(alarm.id)}`,
        },
        due: alarm.openedAt,
        state: failed ? 'failed' : 'delivered',
        attempts: failed ? 8 : 1,
        ...(failed && { lastError: 'hooks.example.com answered 503 Service Unavailable.' }),
        createdAt: alarm.openedAt,
      } as const
    }),
  )
}

// ---------------------------------------------------------------- Act

const step = (
  name: Step['name'],
  startedAt: number,
  summary: string,
  lasts: number | 'running' = 30 * 60_000,
): Step => ({
  name,
  state: lasts === 'running' ? 'running' : 'done',
  startedAt,
  ...(lasts !== 'running' && { finishedAt: startedAt + lasts }),
  summary,
  ...(lasts !== 'running' && { evidence: digest(`${name} ${startedAt}`) }),
})

function allActions(scenario: Scenario): Stored<Action>[] {
  const first: Stored<Action> = {
    id: `${model}~${stamp(at(3, 1) - hour)}`,
    project,
    model,
    endpoint: config.deploy.endpoint,
    kind: 'first training',
    trigger: { kind: 'request', by: 'admin' },
    approval: 'none',
    state: 'kept',
    steps: [
      step(
        'train',
        at(3, 1) - hour,
        'Trained on 26,480 rows of January; evaluated on 24,310 rows of February: AUC 0.721',
      ),
      step('refit', at(3, 1) - 0.4 * hour, 'Refitted on all 50,790 rows', 10 * 60_000),
      step('register', at(3, 1) - 0.2 * hour, '1.0.0 registered', 60_000),
      step('promote', at(3, 1), '1.0.0 answers all requests', 60_000),
    ],
    startedAt: at(3, 1) - hour,
    finishedAt: at(3, 1),
    candidate: '1.0.0',
    products: {},
    outcome: 'The first version is live.',
  }
  const t = at(4, 19, 4)
  const april: Stored<Action> = {
    ...first,
    id: `${model}~${stamp(t)}`,
    kind: 'retrain',
    trigger: {
      kind: 'alarm',
      alarm: `${project}/${config.deploy.endpoint}/${stamp(t)}/observed - expected`,
      by: 'falconer',
    },
    state: 'kept',
    steps: [
      step('diagnose', t, 'Concept shift: more flights are late than their features explain; all feeds are sound'),
      step('train', t + 0.5 * hour, 'Trained on 81,200 rows known by 5 April'),
      step(
        'gate',
        t + 1.2 * hour,
        'Log loss lower by 0.0142 (95 %: 0.0067 to 0.0218) on 13,004 rows of 14 days',
        5 * 60_000,
      ),
      step('refit', t + 1.4 * hour, 'Refitted on all 94,300 rows', 20 * 60_000),
      step('register', t + 1.8 * hour, '1.1.0 registered', 60_000),
      step('canary', t + 2 * hour, '10 % of the keys for one day', day),
      step('promote', t + day + 3 * hour, '1.1.0 answers all requests', 60_000),
      step('verify', t + day + 4 * hour, 'No loss against 1.0.0 on 6,410 outcomes', 7 * day),
      step('keep', t + 8 * day + 5 * hour, '1.1.0 is kept', 60_000),
    ],
    startedAt: t,
    finishedAt: t + 8 * day + 5 * hour,
    champion: '1.0.0',
    candidate: '1.1.0',
    diagnosis: {
      verdict: 'concept shift',
      advice: 'retrain',
      reasons: [
        'Outcomes are 3.1 points higher than predicted on every origin, while no feed is broken.',
        'No column changed its unit: the largest ratio of medians is 1.04 (humid).',
        'No sensor stands still: the longest run of equal temperatures is 3 hours.',
        'No batch came twice: 0 of 13,004 keys repeat.',
      ],
    },
    outcome: '1.1.0 is better than 1.0.0 on live outcomes and is kept.',
  }
  const s = at(6, 16, 4)
  const steps = [
    step('diagnose', s, 'Covariate shift: summer weather, all feeds are sound'),
    step('train', s + 0.5 * hour, 'Trained on 133,000 rows known by 2 June'),
    step(
      'gate',
      s + 1.2 * hour,
      'Log loss lower by 0.0096 (95 %: 0.0021 to 0.0171) on 13,120 rows of 14 days',
      5 * 60_000,
    ),
    step('refit', s + 1.4 * hour, 'Refitted on all 146,200 rows', 20 * 60_000),
    step('register', s + 1.8 * hour, '1.2.0 registered', 60_000),
  ]
  const june: Stored<Action> = {
    ...april,
    id: `${model}~${stamp(s)}`,
    trigger: { kind: 'alarm', alarm: `${project}/${config.deploy.endpoint}/${stamp(s)}/auc`, by: 'falconer' },
    state: 'rolling out',
    steps: [...steps, step('canary', s + 2 * hour, '10 % of the keys for one day', 'running')],
    startedAt: s,
    champion: '1.1.0',
    candidate: '1.2.0',
    diagnosis: {
      verdict: 'covariate shift',
      advice: 'retrain',
      reasons: [
        'temp, precip and visib moved together with the season; the feeds are sound.',
        'No column changed its unit: the largest ratio of medians is 1.31 (temp).',
        'No sensor stands still.',
      ],
    },
  }
  const { finishedAt: _, outcome: __, ...running } = june
  if (scenario === 'well') return [april, first]
  if (scenario === 'waiting') {
    return [
      {
        ...running,
        state: 'waiting for approval',
        steps: [...steps, step('approve', s + 2 * hour, 'Waits for a person', 'running')],
      },
      april,
      first,
    ]
  }
  if (scenario === 'blocked') {
    const { candidate: ___, ...blocked } = june
    return [
      {
        ...blocked,
        state: 'blocked',
        steps: [step('diagnose', s, 'Unit change: temp looks like Celsius since 14 June')],
        finishedAt: s + 0.5 * hour,
        diagnosis: {
          verdict: 'unit change',
          advice: 'block',
          column: 'temp',
          reasons: [
            'temp has median 22.1 instead of 71.6: it fits (x − 32) · 5 / 9 within 0.4 %.',
            'No sensor stands still.',
            'No batch came twice.',
          ],
        },
        outcome: 'temp changed its unit from Fahrenheit to Celsius; retraining would learn the fault.',
      },
      april,
      first,
    ]
  }
  return [running, april, first]
}

// ---------------------------------------------------------------- Deploy

function predictionsOf(now: number): Prediction[] {
  const draw = random('predictions')
  const carriers = ['UA', 'EV', 'B6', 'DL', 'AA', 'MQ']
  return Array.from({ length: 320 }, (_, i): Prediction => {
    const when = now - i * 0.25 * hour
    const carrier = carriers[draw.below(carriers.length)]!
    const origin = ['EWR', 'JFK', 'LGA'][draw.below(3)]!
    const output = Math.min(0.97, Math.max(0.02, 0.28 + 0.2 * draw.normal()))
    const known = i > 12
    return {
      endpoint: `${project}/${config.deploy.endpoint}`,
      key: `${new Date(when).toISOString().slice(0, 10)} ${carrier} ${1000 + i} ${origin}`,
      request: `r-${10_000 - i}`,
      at: when,
      recordedAt: Date.UTC(2026, 0, 5, 12) - i * 20,
      latencyMs: 0.8 + draw.next(),
      route: draw.next() < 0.1 ? 'canary' : 'live',
      version: '1.1.0',
      features: {
        carrier,
        origin,
        dest: 'ORD',
        hour: 17,
        day_of_week: 2,
        temp: 71.06,
        dewp: 60.98,
        humid: 70.61,
        wind_speed: 12.66,
        wind_gust: null,
        precip: 0.02,
        pressure: 1009.4,
        visib: 7,
        distance: 719,
        seats: 149,
        year_made: 2001,
      },
      output,
      shadows: { '1.0.0': Math.min(0.97, Math.max(0.02, output - 0.05 + 0.03 * draw.normal())) },
      ...(known && {
        outcome: {
          key: '',
          value: i % 37 === 0 ? ('void' as const) : draw.next() < output ? 1 : 0,
          knownAt: when + 4 * hour,
        },
      }),
    }
  })
}

function explanationOf(): object {
  const parts: readonly (readonly [string, string | number | null, number])[] = [
    ['hour', 17, 0.742],
    ['precip', 0.02, 0.388],
    ['visib', 7, 0.211],
    ['carrier', 'EV', 0.174],
    ['temp', 71.06, -0.132],
    ['dest', 'ORD', 0.121],
    ['origin', 'EWR', 0.084],
    ['day_of_week', 2, -0.071],
    ['wind_speed', 12.66, 0.055],
    ['humid', 70.61, 0.031],
    ['pressure', 1009.4, -0.024],
    ['distance', 719, 0.018],
    ['seats', 149, -0.009],
    ['wind_gust', null, 0.004],
    ['year_made', 2001, -0.002],
    ['dewp', 60.98, 0.001],
  ]
  const base = -1.213
  return {
    version: '1.1.0',
    base,
    output: parts.reduce((sum, [, , c]) => sum + c, base),
    contributions: parts.map(([feature, value, contribution]) => ({ feature, value, contribution })),
  }
}

function performance(): { readonly from: number }[] {
  const rows: readonly (readonly [number, number, readonly number[], readonly number[]])[] = [
    [3, 27_902, [0.712, 0.156, 0.484], [0.712, 0.156, 0.484]],
    [4, 27_564, [0.641, 0.198, 0.601], [0.658, 0.195, 0.591]],
    [5, 28_128, [0.706, 0.154, 0.479], [0.749, 0.1535, 0.474]],
    [6, 15_480, [0.689, 0.191, 0.576], [0.728, 0.183, 0.549]],
  ]
  const figures = ([auc, brier, logLoss]: readonly number[]) => ({ auc, brier, logLoss })
  return rows.map(([month, n, frozen, loop]) => ({
    from: at(month, 1),
    to: at(month + 1, 1),
    n,
    coverage: 0.998,
    answered: { n, ...figures(loop) },
    versions: { '1.0.0': { n, ...figures(frozen) }, '1.1.0': { n, ...figures(loop) } },
  }))
}

// ---------------------------------------------------------------- Govern

function audit(actions: readonly Stored<Action>[], alarms: readonly Stored<Alarm>[]): AuditEntry[] {
  const notes = [
    ...datasets().map(d => ({
      at: d.importedAt,
      type: 'dataset.imported',
      subject: `${project}/${d.dataset}/00001`,
      reason: d.source.name,
    })),
    { at: at(3, 1) - 25 * 60_000, type: 'project.applied', subject: project, reason: 'falconer apply' },
    ...alarms.map(a => ({
      at: a.openedAt,
      type: 'alarm.opened',
      subject: `${project}/${a.endpoint}/${a.id.replace('~', '/')}`,
      reason: a.headline,
    })),
    ...actions.flatMap(a =>
      a.steps.map(s => ({
        at: s.finishedAt ?? s.startedAt,
        type: `action.${s.name}`,
        subject: `${project}/${a.id.replace('~', '/')}`,
        reason: s.summary ?? '',
      })),
    ),
    { at: at(3, 1), type: 'version.live', subject: `${project}/${model}/00001`, reason: 'first version' },
    { at: at(4, 20, 7), type: 'version.live', subject: `${project}/${model}/00002`, reason: 'canary passed' },
  ].sort((a, b) => a.at - b.at)
  let previous = '0'.repeat(64)
  return notes.map((note, i) => {
    const hash = digest(`${previous} ${JSON.stringify(note)}`)
    const entry = {
      ...note,
      project,
      sequence: i + 1,
      recordedAt: Date.UTC(2026, 0, 5, 12, 0, i),
      actor: note.type.startsWith('dataset') || note.type.startsWith('project') ? 'admin' : 'falconer',
      previous,
      hash,
    }
    previous = hash
    return entry
  })
}
