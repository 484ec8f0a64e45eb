import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'falconer-metrics-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const read = (name: string) => JSON.parse(readFileSync(join(root, 'test', 'golden', name), 'utf8'))
const golden = read('metrics.json')
const more = read('metrics/metrics.json')

function metrics(...argv: string[]) {
  return spawnSync(process.execPath, [join(root, 'bin', 'falconer.js'), 'metrics', ...argv], {
    encoding: 'utf8',
    cwd: folder,
  })
}

/** Writes columns as CSV. */
function write(name: string, columns: Readonly<Record<string, readonly unknown[]>>): string {
  const names = Object.keys(columns)
  const rows = columns[names[0]!]!.map((_, i) => names.map(column => columns[column]![i]).join(','))
  writeFileSync(join(folder, name), `${[names.join(','), ...rows].join('\n')}\n`)
  return name
}

function answer(...argv: string[]) {
  const { status, stdout, stderr } = metrics(...argv, '--json')
  assert.equal(status, 0, stderr)
  return { ...JSON.parse(stdout), stderr }
}

function equal(found: Record<string, number>, expected: Record<string, number>) {
  for (const [name, value] of Object.entries(expected)) {
    assert.ok(Math.abs(found[name]! - value) < 1e-9, `${name}: ${found[name]}, wanted ${value}`)
  }
}

describe('falconer metrics', () => {
  const { y_true, score, weight } = golden.binary
  const town = y_true.map((_: number, i: number) => (i % 3 === 0 ? 'Oslo' : 'Rome'))
  const binary = write('binary.csv', {
    y: y_true,
    p: score,
    w: weight,
    town,
    day: y_true.map((_: number, i: number) => Math.floor(i / 20)),
    label: y_true.map((y: number) => (y === 1 ? 'late' : 'punctual')),
    class: score.map((p: number) => Number(p >= 0.3)),
  })

  it("gives scikit-learn's metrics of a probability, and an interval around each", () => {
    const { metrics, intervals, n, task } = answer(binary, '--label', 'y', '--prediction', 'p')
    assert.deepEqual([n, task], [300, 'binary'])
    equal(metrics, more.binary.plain)
    assert.deepEqual(Object.keys(intervals), Object.keys(metrics))
    for (const [name, { lower, upper, method }] of Object.entries<{ lower: number; upper: number; method: string }>(
      intervals,
    )) {
      assert.ok(lower < metrics[name] && metrics[name] < upper && method.length > 0, name)
    }
  })

  it('takes weights, a threshold or a predicted class, and labels of text', () => {
    const byThreshold = answer(binary, '--label', 'y', '--prediction', 'p', '--threshold', '0.3', '--weight', 'w')
    equal(byThreshold.metrics, more.binary.threshold_03)
    const byClass = answer(binary, '--label', 'y', '--prediction', 'p', '--prediction-class', 'class', '--weight', 'w')
    equal(byClass.metrics, more.binary.threshold_03)
    const text = answer(binary, '--label', 'label', '--prediction', 'p', '--positive', 'late')
    equal(text.metrics, more.binary.plain)
  })

  it('tells groups apart, and takes rows of a day as varying together', () => {
    const whole = answer(binary, '--label', 'y', '--prediction', 'p', '--group', 'town', '--block', 'day')
    assert.deepEqual(
      whole.groups.map(({ group, n }: { group: string; n: number }) => [group, n]),
      [
        ['Oslo', 100],
        ['Rome', 200],
      ],
    )
    assert.match(whole.intervals.roc_auc.method, /by blocks/)
    assert.notEqual(whole.groups[0].metrics.roc_auc, whole.groups[1].metrics.roc_auc)
  })

  it("gives scikit-learn's metrics of several classes, whose columns it finds by their names", () => {
    const { y_true, proba } = golden.multiclass
    const names = ['cat', 'dog', 'eel', 'fox']
    const file = write('classes.csv', {
      animal: y_true.map((y: number) => names[y]),
      p_fox: proba.map((p: number[]) => p[3]),
      p_cat: proba.map((p: number[]) => p[0]),
      p_dog: proba.map((p: number[]) => p[1]),
      p_eel: proba.map((p: number[]) => p[2]),
    })
    const { kappa_quadratic, ...unordered } = more.multiclass.plain
    const found = answer(file, '--label', 'animal', '--probabilities', 'p_fox,p_cat,p_dog,p_eel')
    equal(found.metrics, unordered)
    assert.match(found.stderr, /classes: fox is p_fox, cat is p_cat/)
    const ordered = answer(
      file,
      ...['--label', 'animal', '--probabilities', 'p_cat,p_dog,p_eel,p_fox', '--classes', 'cat,dog,eel,fox'],
    )
    equal(ordered.metrics, { kappa_quadratic })
  })

  it("gives scikit-learn's metrics of a number, and intervals by bootstrap where they are wanted", () => {
    const { y_true, y_pred, weight } = golden.regression
    const file = write('numbers.csv', { y: y_true, p: y_pred, w: weight })
    const argv = [file, '--label', 'y', '--prediction', 'p', '--weight', 'w']
    const found = answer(...argv)
    equal(found.metrics, more.regression.weighted)
    assert.equal(found.intervals.median_ae.method, 'Woodruff')
    const drawn = answer(...argv, '--bootstrap', '500')
    assert.equal(drawn.intervals.mae.method, 'BCa bootstrap')
    for (const name of ['mae', 'r2', 'median_ae']) {
      const [a, b] = [found.intervals[name], drawn.intervals[name]]
      assert.ok(Math.abs(a.lower - b.lower) < (a.upper - a.lower) / 2, name)
    }
    assert.deepEqual(answer(...argv, '--bootstrap', '500', '--seed', '0').intervals, drawn.intervals)
    for (const { intervals } of [found, drawn])
      assert.match(intervals.max_error.reason, /grows with the number of rows/)
  })

  it('counts rows without a label or a prediction and leaves them out', () => {
    const file = write('gaps.csv', { y: [1, 0, '', 1, 0], p: [0.8, 0.3, 0.5, '', 0.6] })
    const { n, stderr, metrics } = answer(file, '--label', 'y', '--prediction', 'p')
    assert.equal(n, 3)
    assert.match(stderr, /2 of 5 rows are left out: 1 without y, 1 without p/)
    assert.ok(Math.abs(metrics.accuracy - 2 / 3) < 1e-12)
  })

  it('says of one class which metrics it does not define', () => {
    const file = write('one.csv', { y: [1, 1, 1], p: [0.8, 0.3, 0.5] })
    const { stderr, metrics } = answer(file, '--label', 'y', '--prediction', 'p', '--task', 'binary')
    assert.equal(metrics.roc_auc, null)
    assert.match(stderr, /roc_auc is undefined: no negative rows/)
  })

  const bad: [string, string[], number, RegExp, RegExp][] = [
    ['a column that is not there', ['--label', 'y', '--prediction', 'pp'], 1, /no column pp/, /Did you mean p\?/],
    ['no prediction', ['--label', 'y'], 2, /no prediction/, /--prediction/],
    ['a label of text and a number', ['--label', 'label', '--prediction', 'p'], 1, /late/, /--positive/],
    ['no probability', ['--label', 'y', '--prediction', 'day'], 1, /which is no probability/, /--task regression/],
    [
      'probabilities that are not all',
      ['--label', 'y', '--probabilities', 'p,w'],
      1,
      /row \d+ sum to/,
      /all classes|each class/,
    ],
    [
      'a label outside the classes',
      ['--label', 'label', '--prediction-class', 'label', '--classes', 'late,early'],
      1,
      /label of row \d+ is punctual/,
      /--classes/,
    ],
    ['too few probabilities', ['--label', 'label', '--probabilities', 'p'], 1, /1 probabilities/, /--classes/],
    ['a confidence of 95', ['--label', 'y', '--prediction', 'p', '--confidence', '95'], 2, /is 95/, /0\.95/],
  ]
  for (const [what, argv, exit, text, fix] of bad) {
    it(`${what} gives exit code ${exit}, and says what to do`, () => {
      const { status, stdout, stderr } = metrics(binary, ...argv)
      assert.equal(status, exit, stderr)
      assert.equal(stdout, '')
      assert.match(stderr, text)
      assert.match(stderr.slice(stderr.indexOf('fix:')), fix)
    })
  }

  it('refuses a file without rows, and one in which no row is complete', () => {
    assert.match(metrics(write('empty.csv', { y: [], p: [] }), '--label', 'y', '--prediction', 'p').stderr, /no rows/)
    const gaps = write('none.csv', { y: [1, ''], p: ['', 0.5] })
    assert.match(metrics(gaps, '--label', 'y', '--prediction', 'p').stderr, /No row of none.csv has both/)
  })
})
