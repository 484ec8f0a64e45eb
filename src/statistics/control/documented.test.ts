import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { cusumDesign, twoSidedCusumArl } from './cusumRunLength.ts'
import { ewmaArl, ewmaDesign, shewhartArl, shewhartDesign } from './runLength.ts'
import { runRule, westernElectric } from './runRules.ts'
import { runRulesArl } from './runRulesRunLength.ts'

const document = readFileSync(new URL('../../../docs/control-charts.md', import.meta.url), 'utf8')

/** The cells of the table row that begins so. */
function row(start: string): string[] {
  const line = document.split('\n').find(text => text.startsWith(`| ${start}`))
  assert.ok(line, start)
  return line
    .split('|')
    .slice(2, -1)
    .map(cell => cell.trim())
}

/** Equal to all digits that are written. */
function says(cell: string, value: number): void {
  assert.ok(
    Math.abs(Number(cell) - value) <= 0.5 * 10 ** -(cell.split('.')[1]?.length ?? 0) + 1e-9,
    `${cell}: ${value}`,
  )
}

test('docs/control-charts.md states the run lengths that the charts have', () => {
  const [L, wide, slow, h] = [shewhartDesign(500), ewmaDesign(0.2, 500), ewmaDesign(0.05, 500), cusumDesign(0.5, 500)]
  for (const shift of [0.5, 1, 2, 3]) {
    const [individuals, ewma, slowEwma, cusum] = row(`${shift} |`)
    says(individuals!, shewhartArl(L, shift))
    says(ewma!, ewmaArl({ lambda: 0.2, L: wide, shift }))
    says(slowEwma!, ewmaArl({ lambda: 0.05, L: slow, shift }))
    says(cusum!, twoSidedCusumArl({ k: 0.5, h, shift }))
  }
  for (const [name, rules] of [
    ['none', []],
    ['`5`', [runRule('nelson-5')]],
    ['`6`', [runRule('nelson-6')]],
    ['`2`', [runRule('nelson-2')]],
    ['`western-electric`', westernElectric],
  ] as const) {
    const [arl0, arl1] = row(name)
    says(arl0!, runRulesArl(rules))
    says(arl1!, runRulesArl(rules, { shift: 1 }))
  }
})
