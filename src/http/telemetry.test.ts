import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEntry } from '../base/ports.ts'
import { createTelemetry } from './telemetry.ts'

function closed(monitors: Readonly<Record<string, string>>, coverage: number): AuditEntry {
  const data = { day: '2024-03-05', rows: 100, coverage, monitors }
  const chain = { previous: '', hash: '' }
  return {
    type: 'day.closed',
    project: 'shop',
    subject: 'shop/returned',
    data,
    sequence: 1,
    at: 0,
    recordedAt: 0,
    actor: 'falconer',
    ...chain,
  }
}

test('a closed window sets whether each monitor is out, and how many outcomes are known', async () => {
  const telemetry = createTelemetry(() => 0)
  telemetry.audited([closed({ auc: 'out', drift: 'ok', brier: 'ok' }, 0.9)])
  const first = await telemetry.text()
  assert.match(first, /^falconer_monitor_out\{project="shop",endpoint="returned",monitor="auc"\} 1$/m)
  assert.match(first, /^falconer_monitor_out\{project="shop",endpoint="returned",monitor="drift"\} 0$/m)
  assert.match(first, /^falconer_label_coverage\{project="shop",endpoint="returned"\} 0\.9$/m)
  telemetry.audited([closed({ auc: 'ok', brier: 'not enough data' }, 1)])
  const second = await telemetry.text()
  assert.match(second, /monitor="auc"\} 0$/m)
  assert.doesNotMatch(second, /monitor="brier"/)
})
