import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProjectConfig } from '../loop/project.ts'
import type { DatasetVersion, ModelVersion } from '../loop/records.ts'
import { type CardInput, modelCard } from './card.ts'

const at = Date.parse('2013-03-01T05:00:00Z')
const dayMs = 86_400_000

const version: ModelVersion = {
  project: 'flights',
  model: 'late-arrival',
  version: 2,
  semver: '1.1.0',
  digest: 'd'.repeat(64),
  sizeBytes: 123_456,
  signature: {
    inputs: [
      { name: 'carrier', kind: 'text' },
      { name: 'temp', kind: 'number' },
    ],
    output: { name: 'late', task: 'binary' },
  },
  lineage: {
    datasets: [{ dataset: 'flights', version: 1, digest: 'f'.repeat(64) }],
    query: 'q'.repeat(64),
    trainingSet: 't'.repeat(64),
    rows: 50_000,
    from: at - 59 * dayMs,
    to: at - 1,
    asOf: at,
    recipe: { kind: 'boost', parameters: { trees: 300 } },
    seed: 7,
    falconer: '0.1.0',
    parent: '1.0.0',
    action: 'flights/late-arrival/2013-03-01T05:00:00.000Z',
  },
  metrics: { auc: 0.71234567, brier: 0.123 },
  evaluatedRows: 12_345,
  evidence: 'e'.repeat(64),
  reference: 'r'.repeat(64),
  changes: 'observed - expected was out of limits since March | and <b>stayed</b> there',
  state: 'live',
  registeredAt: at,
}

const dataset = {
  dataset: 'flights',
  version: 1,
  rows: 336_776,
  blankedCells: 3,
  quarantined: { rows: 2, reasons: { 'unique flight_id': 2 } },
  contract: [
    { check: 'distance between 1 and 6000', then: 'blank', failingRows: 3, status: 'breached' },
    { check: 'flight_id unique', then: 'fail', failingRows: 0, status: 'passed' },
  ],
} as unknown as DatasetVersion

const project = {
  project: 'flights',
  model: 'late-arrival',
  timezone: 'America/New_York',
  data: { entities: 'flights', time: 'predicted_at', label: 'late', id: 'flight_id', query: '' },
  watch: [
    { kind: 'chart', chart: 'ewma', of: 'auc', everyMs: dayMs, latenessMs: 0, arl0: 500, lambda: 0.2, side: 'both' },
    { kind: 'drift', drift: 'features', everyMs: dayMs, latenessMs: 0, falseAlarms: 0.01 },
  ],
  act: [
    {
      on: ['auc'],
      do: 'retrain',
      cooldownMs: 14 * dayMs,
      budget: { count: 12, perMs: 365 * dayMs },
      approval: 'none',
    },
  ],
  deploy: { verify: { metric: 'log_loss', forMs: 7 * dayMs, alpha: 0.05, else: 'return' } },
} as unknown as ProjectConfig

const input: CardInput = {
  version,
  evidence: {
    evaluation: { rows: 12_345, heldFrom: at - 14 * dayMs, trainedRows: 37_655, skew: { compared: 900, different: 0 } },
    gate: { passed: true, difference: -0.00412345, interval: [-0.0061, -0.0021], days: Array(14).fill(1) },
    refit: {
      rows: 50_000,
      note: 'Trained on all rows known.',
      importance: [
        { feature: 'temp', gain: 1 },
        { feature: 'carrier', gain: 3 },
        { feature: 'idle', gain: 0 },
      ],
      notes: ['Column idle is constant.'],
    },
  },
  project,
  datasets: [dataset],
  history: [{ ...version, version: 1, semver: '1.0.0', state: 'replaced', changes: 'First version.' }, version],
}

test('a card says what the model is for, from which data it was made and how it did on days it had not seen', () => {
  const { markdown, parts } = modelCard(input)
  assert.match(markdown, /^# late-arrival 1\.1\.0\n\nPredicts the probability of `late` for a row of `flights`/)
  assert.match(markdown, /\| First and last row \| 2013-01-01 to 2013-02-28 \|/)
  assert.match(markdown, /\| flights \| 1 \| 336776 \| 3 \| 2 \| distance between 1 and 6000: 3 rows \(blank\) \|/)
  assert.match(markdown, /\| auc \| 0\.7123 \|/)
  assert.deepEqual(parts.evaluation.importance, [
    { feature: 'carrier', share: 0.75 },
    { feature: 'temp', share: 0.25 },
  ])
  assert.equal(parts.evaluation.metrics[0]?.value, 0.71234567)
})

test('a card names the threshold from which on an answer is a yes, and for which costs it was chosen', () => {
  const decisionOf = (decision: ModelVersion['decision']) =>
    modelCard({ ...input, version: { ...version, ...(decision && { decision }) } }).parts.about.find(
      ([what]) => what === 'Decision',
    )?.[1]
  assert.equal(decisionOf(undefined), undefined)
  assert.equal(decisionOf({ threshold: 0.3 }), 'yes from 0.3 on')
  const costs = { falsePositive: 1, falseNegative: 5 }
  assert.equal(decisionOf({ threshold: 1 / 6, costs }), 'yes from 0.1667 on; a wrong yes costs 1, a wrong no 5')
})

test('a card shows the evidence of the gate, the limits of use, the monitors and every version with its reason', () => {
  const { markdown, parts } = modelCard(input)
  assert.deepEqual(parts.gate, [
    ['passed', 'true'],
    ['difference', '-0.004123'],
    ['interval', '-0.0061, -0.0021'],
    ['days', '14 values'],
  ])
  assert.ok(parts.limits.includes('3 cells of flights broke the contract and count as missing.'))
  assert.ok(parts.limits.includes('2 rows of flights are in quarantine and were not trained on.'))
  assert.ok(parts.limits.includes('Column idle is constant.'))
  assert.deepEqual(parts.monitoring, [
    'auc: ewma chart, one false alarm in 500 windows, every 1 day.',
    'drift of features, 0.01 false alarms per window, every 1 day.',
    'An alarm of auc leads to: retrain (at most 12 in 365 days, not within 14 days of the last).',
    'A new version is verified on log_loss for 7 days after it went live, with a test that is valid at any time ' +
      '(alpha 0.05); a worse one is returned.',
  ])
  assert.deepEqual(
    parts.changes.map(change => change.semver),
    ['1.1.0', '1.0.0'],
  )
  assert.match(markdown, /since March \\\| and &lt;b>stayed&lt;\/b> there/)
})

test('the first version had nothing to beat, and a dataset whose record is gone is said to be', () => {
  const { gate: _, ...evidence } = input.evidence
  const { markdown, parts } = modelCard({ ...input, evidence, datasets: [] })
  assert.match(markdown, /There was no earlier version to beat\./)
  assert.ok(parts.limits.includes('The record of dataset flights was not found.'))
  assert.match(markdown, /\| flights \| 1 \| unknown \|/)
})
