import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { random } from '../../numeric/random.ts'

const bin = join(import.meta.dirname, '..', '..', '..', 'bin', 'falconer.js')
const folder = mkdtempSync(join(tmpdir(), 'falconer-estimate-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function estimate(...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'estimate', ...argv], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { status, stdout, stderr }
}

function json(...argv: string[]): EstimatedChunk[] {
  const { status, stdout, stderr } = estimate(...argv, '--json')
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

interface EstimatedChunk {
  readonly metric: string
  readonly chunk: number
  readonly from: number
  readonly to: number
  readonly rows: number
  readonly start?: string
  readonly estimated: number | null
  readonly lower: number | null
  readonly upper: number | null
  readonly realised: number | null
  readonly alarm: string | null
  readonly direction: string | null
  readonly reliable: boolean
  readonly reason: string | null
}

function write(name: string, header: string, rows: number, line: (i: number) => string): void {
  writeFileSync(join(folder, name), `${header}\n${Array.from({ length: rows }, (_, i) => line(i)).join('\n')}\n`)
}

/** y is 1 with probability p; p lies around `level`; x tells rows apart; when goes through days of 100 rows. */
function writeScores(name: string, rows: number, { level = 0, labelled = 1, flip = 0, seed = name } = {}): void {
  const rng = random(seed)
  write(name, 'p,y,answer,x,when', rows, i => {
    const p = 1 / (1 + Math.exp(-(level + 1.4 * rng.normal())))
    const y = Number(rng.next() < p) ^ Number(rng.next() < flip)
    const when = new Date(Date.UTC(2024, 2, 1, 0, 14 * (i % 100)) + 86_400_000 * Math.floor(i / 100)).toISOString()
    return `${p.toFixed(5)},${i < labelled * rows ? y : ''},${p >= 0.5 ? 'yes' : 'no'},${rng.next().toFixed(3)},${when}`
  })
}

describe('falconer estimate', () => {
  writeScores('reference.csv', 4000)
  writeScores('current.csv', 2000, { labelled: 0.5 })

  it('gives an estimate with its interval per chunk, and what came true where that is known', () => {
    const rows = json(
      'reference.csv',
      'current.csv',
      '--label',
      'y',
      '--prediction',
      'p',
      '--metric',
      'auc',
      '--chunks',
      '4',
    )
    assert.equal(rows.length, 4)
    rows.forEach((row, i) => {
      assert.deepEqual([row.metric, row.chunk, row.from, row.to, row.rows], ['roc_auc', i, 500 * i, 500 * i + 500, 500])
      assert.ok(row.lower! < row.estimated! && row.estimated! < row.upper!)
      assert.equal(row.realised === null, i >= 2)
      if (row.realised !== null) assert.ok(row.lower! <= row.realised && row.realised <= row.upper!)
      assert.equal(row.alarm, null)
    })
  })

  it('cuts by time, and orders rows by it', () => {
    const rows = json(
      ...['reference.csv', 'current.csv', '--label', 'y', '--prediction', 'p'],
      ...['--timestamp', 'when', '--every', 'week', '--metric', 'accuracy,f1'],
    )
    assert.deepEqual(
      rows.map(({ metric, chunk, start, rows: n }) => [metric, chunk, start!.slice(0, 10), n]),
      ['accuracy', 'f1'].flatMap(metric => [
        [metric, 0, '2024-02-26', 300],
        [metric, 1, '2024-03-04', 700],
        [metric, 2, '2024-03-11', 700],
        [metric, 3, '2024-03-18', 300],
      ]),
    )
  })

  it('says first what is wrong', () => {
    writeScores('hard.csv', 1000, { level: 0.3, labelled: 0 })
    writeScores('flipped.csv', 1000, { flip: 0.4 })
    const calm = estimate('reference.csv', 'current.csv', '--label', 'y', '--prediction', 'p')
    assert.match(calm.stdout, /^No alarm: roc_auc, accuracy, f1 within limits in 10 chunks\.\n/)
    const flipped = estimate('reference.csv', 'flipped.csv', '--label', 'y', '--prediction', 'p', '--chunk-size', '250')
    assert.match(flipped.stdout, /^roc_auc is out of its limits: realised in chunks 0, 1, 2, 3\.\n/)
    assert.match(flipped.stdout, /0 of 4 realised values lie within .*: its estimates are not reliable\./)
  })

  it('says that a chunk is unlike the reference, when features are named', () => {
    const rng = random('unlike')
    write('unlike.csv', 'p,x', 400, () => {
      const p = 1 / (1 + Math.exp(-1.2 * rng.normal()))
      return `${p.toFixed(4)},${(5 + rng.next()).toFixed(3)}`
    })
    const base = [
      'reference.csv',
      'unlike.csv',
      '--label',
      'y',
      '--prediction',
      'p',
      '--chunks',
      '1',
      '--metric',
      'accuracy',
    ]
    assert.equal(json(...base)[0]!.reliable, true)
    const [row] = json(...base, '--features', 'x')
    assert.equal(row!.reliable, false)
    assert.match(row!.reason!, /a classifier tells the window from the reference with effect 1\.00/)
  })

  it('estimates several classes, found by the names of their probabilities', () => {
    const rng = random('classes')
    const writeClasses = (name: string, rows: number) =>
      write(name, 'p_cat,p_dog,p_emu,animal', rows, () => {
        const w = [0, 0, -0.5].map(mean => Math.exp(mean + 1.3 * rng.normal()))
        const sum = w.reduce((total, one) => total + one, 0)
        const u = rng.next() * sum
        const truth = u < w[0]! ? 'cat' : u < w[0]! + w[1]! ? 'dog' : 'emu'
        return [...w.map(one => (one / sum).toFixed(5)), truth].join(',')
      })
    writeClasses('before.csv', 3000)
    writeClasses('now.csv', 1000)
    const rows = json(
      ...['before.csv', 'now.csv', '--label', 'animal', '--probabilities', 'p_cat,p_dog,p_emu'],
      ...['--chunks', '2', '--metric', 'accuracy,roc_auc'],
    )
    assert.equal(rows.length, 4)
    for (const row of rows) assert.ok(row.lower! <= row.realised! && row.realised! <= row.upper!, row.metric)
  })

  it('estimates the errors of a regression from the other columns', () => {
    const rng = random('regression')
    const writeHouses = (name: string, rows: number, from: number) =>
      write(name, 'size,town,price,guess', rows, () => {
        const size = from + (1 - from) * rng.next()
        const town = rng.next() < 0.5 ? 'Oslo' : 'Rome'
        const guess = 100 + 50 * size
        const price = guess + (1 + 8 * size) * rng.normal()
        return `${size.toFixed(4)},${town},${price.toFixed(3)},${guess.toFixed(3)}`
      })
    writeHouses('houses.csv', 2500, 0)
    writeHouses('larger.csv', 500, 0.7)
    const rows = json('houses.csv', 'larger.csv', '--label', 'price', '--prediction', 'guess', '--chunks', '1')
    assert.deepEqual(
      rows.map(({ metric }) => metric),
      ['mae', 'rmse'],
    )
    for (const row of rows) {
      assert.ok(row.lower! <= row.realised! && row.realised! <= row.upper!, `${row.metric} ${row.realised}`)
      assert.equal(row.direction, 'worse')
    }
  })

  it('takes text labels by the positive one, and answers from a column of their own', () => {
    const rng = random('text')
    for (const [name, rows] of [
      ['texts.csv', 2000],
      ['later.csv', 500],
    ] as const) {
      write(name, 'p,paid,answer', rows, () => {
        const p = rng.next()
        return `${p.toFixed(4)},${rng.next() < p ? 'yes' : 'no'},${p > 0.7 ? 'yes' : 'no'}`
      })
    }
    const columns = ['--label', 'paid', '--prediction', 'p', '--prediction-class', 'answer', '--positive', 'yes']
    const [row] = json('texts.csv', 'later.csv', ...columns, '--chunks', '1', '--metric', 'recall')
    // E p 1(p > 0.7) / E p = 0.51
    assert.ok(Math.abs(row!.estimated! - 0.51) < 0.06, `${row!.estimated}`)
  })

  it('gives the same answer for the same seed', () => {
    const argv = ['reference.csv', 'current.csv', '--label', 'y', '--prediction', 'p', '--seed', '5']
    assert.deepEqual(json(...argv), json(...argv))
  })

  it('says of small chunks that there is not enough data', () => {
    const rows = json('reference.csv', 'current.csv', '--label', 'y', '--prediction', 'p', '--chunk-size', '1990')
    const last = rows.find(({ chunk }) => chunk === 1)!
    assert.equal(last.estimated, null)
    assert.equal(last.reason, 'not enough data: 10 rows, needs 30')
  })

  it('says what is wrong with the input and what to do', () => {
    writeFileSync(join(folder, 'answers.csv'), 'p,y\n1,0\n0,1\n1,1\n')
    writeFileSync(join(folder, 'few.csv'), 'p,y\n0.5,0\n0.2,1\n')
    writeFileSync(join(folder, 'text.csv'), 'p,y\n0.5,good\n0.2,bad\n')
    for (const [argv, status, wanted] of [
      [['reference.csv', 'current.csv', '--label', 'y'], 2, /Nothing says what the model predicted.*--prediction/s],
      [['reference.csv', 'nowhere.csv', '--label', 'y', '--prediction', 'p'], 2, /There is no file nowhere\.csv/],
      [['reference.csv', 'current.csv', '--label', 'z', '--prediction', 'p'], 1, /reference\.csv has no column z/],
      [['reference.csv', 'current.csv', '--label', 'y', '--prediction', 'q'], 1, /reference\.csv has no column q/],
      [
        ['answers.csv', 'current.csv', '--label', 'y', '--prediction', 'p'],
        1,
        /these are answers.*--prediction-class/s,
      ],
      [['few.csv', 'current.csv', '--label', 'y', '--prediction', 'p'], 1, /2 rows can be used, needs 30/],
      [['text.csv', 'current.csv', '--label', 'y', '--prediction', 'p'], 1, /is text \(good, bad\).*--positive/s],
      [
        ['reference.csv', 'current.csv', '--label', 'y', '--prediction', 'p', '--metric', 'mae'],
        2,
        /no estimate of mae for this task.*roc_auc/s,
      ],
      [
        ['reference.csv', 'current.csv', '--label', 'y', '--prediction', 'p', '--every', 'day'],
        2,
        /--every day needs the time.*--timestamp/s,
      ],
      [
        ['reference.csv', 'current.csv', '--label', 'y', '--prediction', 'p', '--chunks', '2', '--chunk-size', '9'],
        2,
        /--chunk-size and --chunks are given/,
      ],
      [
        ['reference.csv', 'current.csv', '--label', 'y', '--prediction', 'p', '--timestamp', 'x', '--every', 'day'],
        1,
        /The timestamp x of reference\.csv is number, wanted instants/,
      ],
    ] as const) {
      const found = estimate(...argv)
      assert.equal(found.status, status, `${argv.join(' ')}: ${found.stderr}`)
      assert.match(found.stderr, wanted)
      assert.match(found.stderr, /fix: /)
      assert.equal(found.stdout, '')
    }
  })
})
