import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

const root = join(import.meta.dirname, '..')
const golden = (name: string) => join(root, 'test', 'golden', name)
const folder = mkdtempSync(join(tmpdir(), 'falconer-cli-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function falconer(...argv: string[]) {
  const environment = { ...process.env, FALCONER_URL: 'http://127.0.0.1:9', FALCONER_KEY: '', XDG_CONFIG_HOME: folder }
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin', 'falconer.js'), ...argv], {
    encoding: 'utf8',
    cwd: folder,
    env: environment,
  })
  return { status, stdout, stderr }
}

/** A table in which y mostly follows x and town. */
function writeRows(name: string, rows: number, label: (x: number, i: number) => string): string {
  const lines = ['x,town,noise,y']
  for (let i = 0; i < rows; i++) {
    const x = (i * 7919) % 100
    lines.push(`${x},${i % 3 === 0 ? 'Oslo' : 'Rome'},${(i * 31) % 17},${label(x, i)}`)
  }
  const path = join(folder, name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

const late = (x: number, i: number) => String(Number(x + (i % 3 === 0 ? 20 : 0) + ((i * 13) % 11) > 60))

describe('falconer on files', () => {
  it('trains on a table, and evaluates what it wrote on another', () => {
    const train = writeRows('train.csv', 600, late)
    const trained = falconer('train', train, '--label', 'y', '--out', 'model.onnx', '--json')
    assert.equal(trained.status, 0, trained.stderr)
    const summary = JSON.parse(trained.stdout)
    assert.deepEqual(
      summary.features.map(({ name }: { name: string }) => name),
      ['x', 'town', 'noise'],
    )
    const evaluated = falconer('evaluate', 'model.onnx', writeRows('later.csv', 300, late), '--label', 'y', '--json')
    assert.equal(evaluated.status, 0, evaluated.stderr)
    const { metrics, n } = JSON.parse(evaluated.stdout)
    assert.equal(n, 300)
    assert.ok(metrics.roc_auc > 0.9, `AUC ${metrics.roc_auc}`)
  })

  it("gives scikit-learn's metrics for another program's model", () => {
    const { rows } = JSON.parse(readFileSync(golden('lightgbm.json'), 'utf8')) as { rows: number[][] }
    const expected = JSON.parse(readFileSync(golden('evaluate.json'), 'utf8')) as {
      label: number[]
      metrics: Record<string, number>
    }
    const lines = [`${rows[0]!.map((_, i) => `c${i}`).join(',')},y`]
    rows.forEach((row, i) => {
      lines.push(`${row.join(',')},${expected.label[i]}`)
    })
    const path = join(folder, 'rows.csv')
    writeFileSync(path, `${lines.join('\n')}\n`)
    const { status, stdout, stderr } = falconer('evaluate', golden('lightgbm.onnx'), path, '--label', 'y', '--json')
    assert.equal(status, 0, stderr)
    const { metrics, n } = JSON.parse(stdout)
    assert.equal(n, rows.length)
    assert.deepEqual(Object.keys(metrics).sort(), Object.keys(expected.metrics).sort())
    for (const [name, value] of Object.entries(expected.metrics)) {
      // The file computes in float32: a probability of 0.999 has an error of 6e-8, its distance to 1 one of 6e-5 of itself.
      assert.ok(Math.abs(metrics[name] - value) < 5e-5, `${name}: ${metrics[name]}, wanted ${value}`)
    }
  })

  it('says what an ONNX file takes and gives', () => {
    const { stdout } = falconer('inspect', golden('lightgbm.onnx'), '--json')
    const found = JSON.parse(stdout)
    assert.deepEqual(found.inputs, [{ name: 'X', type: 'float', shape: ['?', 30] }])
    assert.equal(found.nodes['ai.onnx.ml.TreeEnsembleClassifier'], 1)
    assert.match(found.producer, /^OnnxMLTools 1\.16/)
  })

  it('says what a table holds, column by column', () => {
    const { status, stdout, stderr } = falconer('profile', writeRows('p.csv', 50, late), '--json')
    assert.equal(status, 0, stderr)
    const { rows, columns } = JSON.parse(stdout)
    assert.equal(rows, 50)
    assert.deepEqual(
      columns.map(({ column }: { column: string }) => column),
      ['x', 'town', 'noise', 'y'],
    )
  })

  const bad: [string, () => string[], number, RegExp][] = [
    [
      'a label column that is not there',
      () => ['train', writeRows('a.csv', 20, late), '--label', 'z'],
      1,
      /no column z/,
    ],
    ['a label of one class', () => ['train', writeRows('b.csv', 20, () => '1'), '--label', 'y'], 1, /both classes/],
    ['a label of words', () => ['train', writeRows('c.csv', 20, () => 'yes!'), '--label', 'y'], 1, /is text/],
    ['a file that is not there', () => ['train', 'nowhere.csv', '--label', 'y'], 2, /no file nowhere\.csv/],
    ['a file of an unknown kind', () => ['profile', 'x.doc'], 2, /ending/],
    ['a model that is no ONNX file', () => ['inspect', join(root, 'package.json')], 1, /Not a readable ONNX file/],
    ['a malformed CSV', () => ['profile', write('d.csv', 'a,b\n1,2\n3\n4,5,6\n')], 1, /d\.csv/],
    ['no label', () => ['train', writeRows('e.csv', 20, late)], 2, /--label/],
  ]
  for (const [what, argv, exit, text] of bad) {
    it(`${what} gives exit code ${exit}, an error with a remedy, and nothing on stdout`, () => {
      const { status, stdout, stderr } = falconer(...argv())
      assert.equal(status, exit, stderr)
      assert.equal(stdout, '')
      assert.match(stderr, text)
      assert.match(stderr, /^fix: .+/m)
    })
  }

  it('with --json an error is one JSON line on stderr', () => {
    const { status, stderr } = falconer('train', 'nowhere.csv', '--label', 'y', '--json')
    assert.equal(status, 2)
    const { error } = JSON.parse(stderr)
    assert.equal(error.code, 'bad-input')
    assert.ok(error.fix.length > 0)
  })
})

describe('falconer as a command', () => {
  it('suggests the nearest command, with exit code 2', () => {
    const { status, stderr, stdout } = falconer('serv')
    assert.equal(status, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /unknown command 'serv'/)
    assert.match(stderr, /Did you mean serve/)
  })

  it('answers --help and --version', () => {
    assert.match(falconer('--help').stdout, /evaluate \[options\] <model> <file>/)
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    assert.equal(falconer('--version').stdout.trim(), version)
  })

  it('says how to reach a server when none answers', () => {
    const { status, stderr } = falconer('status')
    assert.equal(status, 1)
    assert.match(stderr, /No Falconer answers at http:\/\/127\.0\.0\.1:9/)
    assert.match(stderr, /fix: Start one with falconer serve/)
  })

  it('writes no colour where NO_COLOR or a pipe asks for none', () => {
    assert.ok(!falconer('train', 'nowhere.csv', '--label', 'y').stderr.includes('\u001b'))
  })
})

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
