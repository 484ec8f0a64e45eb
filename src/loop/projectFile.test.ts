import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FalconerError, type Finding } from '../base/errors.ts'
import type { ProjectConfig } from './project.ts'
import { parseProject } from './projectFile.ts'
import { proposeProject } from './proposeProject.ts'
import { editDistance, nearest } from './yamlReader.ts'

const noFiles = () => undefined
const day = 86_400_000

function parse(yaml: string): ProjectConfig {
  return parseProject(yaml, name => (name === 'features.sql' ? 'select * from entities' : undefined))
}

function findings(yaml: string): readonly Finding[] {
  try {
    parse(yaml)
  } catch (error) {
    assert.ok(error instanceof FalconerError)
    assert.equal(error.code, 'bad-config')
    return error.findings
  }
  throw new assert.AssertionError({ message: 'the file was accepted' })
}

const short = `project: churn
data:
  source: customers.csv
  id: customer_id
  time: signed_up
  label: churned
`

describe('falconer.yaml', () => {
  it('five lines are a project', () => {
    const config = parseProject(short, noFiles)
    assert.equal(config.model, 'churn')
    assert.equal(config.timezone, 'UTC')
    assert.deepEqual(config.datasets, {
      customers: {
        file: 'customers.csv',
        key: ['customer_id'],
        derive: {},
        known: 'signed_up',
        later: {},
        contract: [],
      },
    })
    assert.equal(
      config.data.query,
      'select d.* exclude ("signed_up", "churned")\nfrom entities\njoin "customers" d using ("customer_id")\n',
    )
    assert.equal(config.data.entities, 'customers')
    assert.deepEqual(config.train, {
      recipe: { kind: 'boost', parameters: {} },
      task: 'binary',
      windowMs: 'all',
      validateMs: 28 * day,
      seed: 1,
    })
    assert.equal(config.deploy.endpoint, 'churn')
    assert.deepEqual(config.deploy.rollout, [{ kind: 'canary', share: 0.1, forMs: day }, { kind: 'live' }])
    assert.deepEqual(
      config.act.map(rule => [rule.do, rule.on]),
      [
        ['retrain', ['observed - expected', 'auc']],
        ['notify', ['log_loss', 'brier', 'drift']],
      ],
    )
  })

  it('durations, shares and rates are read as people write them', () => {
    const config = parse(`${short}
train: {recipe: {boost: {iterations: 300}}, window: last 90 days, validate: newest 2 weeks}
gate: {rows: newest 14 days, confidence: 95 %, demand: not worse, margin: 0.5 %, retry: 3 days}
deploy:
  rollout: [{shadow: 1 day}, {canary: 10 %, for: 12 hours}, live]
  shadows: [1.0.0]
watch:
  - {chart: ewma, of: auc, every: 1 day, arl0: 370}
  - {drift: features, every: 1 day, false_alarms: 1 per 100 days}
act:
  - {on: auc, do: retrain, cooldown: 14 days, budget: 12 per year}
`)
    assert.equal(config.train.windowMs, 90 * day)
    assert.equal(config.train.validateMs, 14 * day)
    assert.deepEqual(config.train.recipe.parameters, { iterations: 300 })
    assert.equal(config.gate.rowsMs, 14 * day)
    assert.equal(config.gate.confidence, 0.95)
    assert.equal(config.gate.margin, 0.005)
    assert.deepEqual(config.deploy.rollout, [
      { kind: 'shadow', forMs: day },
      { kind: 'canary', share: 0.1, forMs: day / 2 },
      { kind: 'live' },
    ])
    assert.deepEqual(config.deploy.shadows, ['1.0.0'])
    const drift = config.watch[1]!
    assert.equal(drift.kind === 'drift' && drift.falseAlarms, 0.01)
    assert.deepEqual(config.act[0], {
      on: ['auc'],
      do: 'retrain',
      cooldownMs: 14 * day,
      budget: { count: 12, perMs: 365 * day },
      approval: 'none',
    })
  })

  it('decisions are made from a threshold, or from what a wrong yes and a wrong no cost', () => {
    assert.equal(parse(short).deploy.decision, undefined)
    const decision = (text: string) => parse(`${short}deploy: {decision: ${text}}\n`).deploy.decision
    assert.deepEqual(decision('{threshold: 30 %}'), { kind: 'threshold', threshold: 0.3 })
    const costs = decision('{false_positive: 1, false_negative: 5}')
    assert.deepEqual(costs, { kind: 'costs', falsePositive: 1, falseNegative: 5 })
    const wrong = (text: string) => findings(`${short}${text}\n`).map(({ text }) => text)
    assert.deepEqual(wrong('deploy: {decision: {false_positive: 1}}'), [
      'deploy.decision wants a threshold, or both false_positive and false_negative',
    ])
    assert.deepEqual(wrong('deploy: {decision: {false_positive: 0, false_negative: 1}}'), [
      'deploy.decision has a mistake that costs nothing: wanted two costs of more than 0',
    ])
    assert.match(wrong('train: {task: regression}\ndeploy: {decision: {threshold: 0.5}}')[0]!, /predicts numbers/)
    const act = 'act: [{on: auc, do: threshold}]'
    assert.match(wrong('train: {task: regression}\nact: [{on: rmse, do: recalibrate}]')[0]!, /corrects probabilities/)
    assert.match(wrong(`deploy: {decision: {threshold: 0.5}}\n${act}`)[0]!, /do: threshold needs deploy\.decision/)
    assert.equal(
      parse(`${short}deploy: {decision: {false_positive: 1, false_negative: 5}}\n${act}\n`).act[0]!.do,
      'threshold',
    )
  })

  it('an unknown key is named with its line, its column and the nearest known key', () => {
    assert.deepEqual(findings(`${short}gates:\n  metric: brier\n`), [
      { at: 'falconer.yaml:7:1', text: 'unknown key gates in falconer.yaml; did you mean gate?' },
    ])
    assert.deepEqual(findings(`${short}gate:\n  metrik: brier\n`), [
      { at: 'falconer.yaml:8:3', text: 'unknown key metrik in gate; did you mean metric?' },
    ])
  })

  it('everything wrong is reported at once', () => {
    const found = findings(`project: a b
data:
  source: x.csv
  id: id
  label: y
train: {recipe: bost, window: last 90 dais}
deploy: {rollout: [{canary: 120 %}]}
act: [{on: acu, do: retrain}]
`)
    assert.deepEqual(
      found.map(({ at, text }) => `${at.replace('falconer.yaml:', '')} ${text.split(/[,;:]/)[0]}`),
      [
        '1:10 project is "a b"',
        '3:3 data has no time',
        '6:17 train.recipe is "bost"',
        '6:31 train.window is "last 90 dais"',
        '7:29 deploy.rollout[0].canary is "120 %"',
        '7:19 deploy.rollout must end with live',
        '8:12 act[0].on is "acu"',
      ],
    )
  })

  it('broken YAML, a key written twice and an empty file are refused with their line', () => {
    assert.equal(findings('project: [a\ndata: b\n')[0]?.at, 'falconer.yaml:2:1')
    assert.equal(findings(`${short}project: again\n`)[0]?.at, 'falconer.yaml:7:1')
    assert.equal(findings('# nothing\n')[0]?.text, 'falconer.yaml is empty')
  })

  it('contracts are checked against the datasets they speak of', () => {
    const yaml = (check: string) => `project: p
datasets:
  trips: {key: id, contract: [${check}]}
  zones: {key: zone}
data: {entities: trips, id: id, time: at, label: y}
`
    const [ok] = parse(yaml('{column: zone, refers to: zones.zone, then: quarantine, tolerance: 1 %}')).datasets.trips!
      .contract
    assert.deepEqual(ok, {
      name: 'zone refers to zones.zone',
      column: 'zone',
      rule: { kind: 'refers to', dataset: 'zones', column: 'zone' },
      then: 'quarantine',
      tolerance: 0.01,
    })
    assert.equal(parse(yaml('{unique: id}')).datasets.trips!.contract[0]!.then, 'fail')
    assert.match(findings(yaml('{column: zone, refers to: zone.zone}'))[0]!.text, /did you mean zones/)
    assert.match(findings(yaml('{column: fare, between: [5, 1]}'))[0]!.text, /lower end first/)
    assert.match(findings(yaml('{column: fare}'))[0]!.text, /has no rule/)
    assert.match(findings(yaml('{sql: fare > 0, then: blank}'))[0]!.text, /which cell/)
  })

  it('a query file that is not there is named', () => {
    assert.throws(() => parseProject(`${short}  query: other.sql\n`, noFiles), /other\.sql, which is not beside/)
  })

  it('a recipe parameter that does not exist is named with those that do', () => {
    const [found] = findings(`${short}train: {recipe: {boost: {rounds: 5}}}\n`)
    assert.match(found!.text, /unknown parameter rounds; there are iterations/)
  })
})

describe('nearest', () => {
  it('edit distances are those of Levenshtein', () => {
    // Levenshtein's own kind of example: kitten, sitten, sittin, sitting.
    assert.equal(editDistance('kitten', 'sitting'), 3)
    assert.equal(editDistance('', 'abc'), 3)
    assert.equal(editDistance('same', 'same'), 0)
  })

  it('a word far from all is near to none', () => {
    assert.equal(nearest('metrik', ['metric', 'margin']), 'metric')
    assert.equal(nearest('zzzzzz', ['metric', 'margin']), undefined)
  })
})

describe('a proposal for a table', () => {
  const rows = 1000
  const summary = {
    file: 'Customer list.csv',
    rows,
    columns: [
      { name: 'customer_id', kind: 'number', distinct: rows, missing: 0, whole: true },
      { name: 'Signed Up', kind: 'time', distinct: 900, missing: 0 },
      { name: 'plan', kind: 'text', distinct: 4, missing: 3 },
      { name: 'constant', kind: 'number', distinct: 1, missing: 0 },
      { name: 'spend', kind: 'number', distinct: 800, missing: 10, min: 0, max: 900 },
      { name: 'churned', kind: 'number', distinct: 2, missing: 0, min: 0, max: 1 },
    ],
  } as const

  it('is a file that falconer reads, with id, time and label found', () => {
    const { yaml, query, notes } = proposeProject(summary)
    const config = parseProject(yaml, name => (name === 'features.sql' ? query : undefined))
    assert.equal(config.data.id, 'customer_id')
    assert.equal(config.data.time, 'Signed Up')
    assert.equal(config.data.label, 'churned')
    assert.equal(config.datasets.customer_list?.known, '"Signed Up"')
    assert.match(config.data.query, /d\.customer_id,\n {2}d\.plan,\n {2}d\.spend\n/)
    assert.ok(notes.some(note => note.startsWith('constant is left out')))
  })

  it('says what to name where nothing can be guessed', () => {
    const columns = summary.columns.filter(({ name }) => name !== 'Signed Up')
    assert.throws(() => proposeProject({ ...summary, columns }), /No column looks like the time/)
  })
})

it('channels name their secrets; one that stands in the file, or names another variable, is refused', () => {
  const notify = (channels: string) => parse(`${short}notify:\n${channels}`).notify
  assert.deepEqual(notify('  - {webhook: "https://example.com/hook", secret: {env: FALCONER_SECRET_HOOK}}\n'), [
    {
      name: 'webhook',
      to: { kind: 'webhook', url: 'https://example.com/hook', secret: { env: 'FALCONER_SECRET_HOOK' } },
      on: ['alarm', 'approval', 'trouble'],
      severity: 'warning',
      afterMs: 0,
    },
  ])
  for (const [channel, said] of [
    ['{slack: "https://hooks.example.com/T0/B0/x"}', /is a secret, which does not stand in the file/],
    ['{slack: {env: HOME}}', /must begin with FALCONER_SECRET_/],
    ['{webhook: "ftp://example.com"}', /wanted an address such as https/],
    ['{webhook: "https://user:pass@example.com"}', /wanted an address such as https/],
    ['{name: x}', /wants one of webhook, slack and email/],
    ['{email: nobody, from: a@b.c, smtp: {env: FALCONER_SECRET_SMTP}}', /wanted a mail address/],
    ['{email: a@b.c, smtp: {env: FALCONER_SECRET_SMTP}}', /has no from: whom the mail comes from/],
    ['{webhook: "https://example.com", smtp: {env: FALCONER_SECRET_SMTP}}', /smtp belongs to email, not to webhook/],
  ] as const) {
    assert.throws(() => notify(`  - ${channel}\n`), { message: said }, channel)
  }
})
