import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'falconer-chart-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const { orangejuice } = JSON.parse(
  readFileSync(join(root, 'test', 'golden', 'control_chart_examples.json'), 'utf8'),
).data
const rows = orangejuice.D.map((d: number, i: number) => `${orangejuice.sample[i]},${d},${orangejuice.size[i]}`)
writeFileSync(join(folder, 'cans.csv'), `sample,D,size\n${rows.join('\n')}\n`)

function chart(...argv: string[]) {
  const options = { encoding: 'utf8', cwd: folder } as const
  return spawnSync(process.execPath, [join(root, 'bin', 'falconer.js'), 'chart', 'cans.csv', ...argv], options)
}

describe('falconer chart, as a user runs it', () => {
  it('says the verdict first, and writes a picture and a page', () => {
    const { status, stdout, stderr } = chart(
      '--kind',
      'p',
      '--column',
      'D',
      '--size',
      'size',
      '--phase1',
      '30',
      '--svg',
      'cans.svg',
      '--html',
      'cans.html',
    )
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^p: OUT OF CONTROL at 15, 23/)
    assert.match(stdout, /UCL +0\.410239/)
    assert.match(readFileSync(join(folder, 'cans.svg'), 'utf8'), /^<svg /)
    assert.match(readFileSync(join(folder, 'cans.html'), 'utf8'), /OUT OF CONTROL at 15, 23/)
  })

  it('prints one JSON value; with --check a signal makes the exit code 3', () => {
    const { status, stdout } = chart(
      '--kind',
      'p',
      '--column',
      'D',
      '--size',
      '50',
      '--phase1',
      '30',
      '--json',
      '--check',
    )
    assert.equal(status, 3)
    const { kind, center, signals, points } = JSON.parse(stdout)
    assert.equal(kind, 'p')
    assert.ok(Math.abs(center - 0.231333) < 1e-6)
    assert.deepEqual(signals.slice(0, 2), [14, 22])
    assert.ok(points[14].signal && !points[0].signal)
  })

  it('refuses what makes no sense with exit code 2, and says what to do', () => {
    for (const [argv, message] of [
      [['--kind', 'p', '--column', 'D'], /of how many each count is/],
      [['--kind', 'ewma', '--column', 'D', '--lambda', '2'], /lambda is 2, must be in \(0, 1\]/],
      [['--kind', 'p', '--column', 'size', '--size', 'D'], /wanted a count between 0 and the size/],
      [['--kind', 'pie', '--column', 'D'], /Allowed choices are/],
    ] as const) {
      const { status, stderr } = chart(...argv)
      assert.equal(status, 2, stderr)
      assert.match(stderr, message)
    }
  })
})
