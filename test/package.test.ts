import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

const root = join(import.meta.dirname, '..')
const { exports, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, unknown>
  version: string
}
const entries = Object.keys(exports).filter(name => name !== './package.json')
const folder = mkdtempSync(join(tmpdir(), 'falconer-package-'))
const installed = join(folder, 'node_modules', 'falconer')

/**
 * Packs as `npm publish` would and unpacks as `npm install` would, with the packages of this checkout beside it: what is
 * tested is the tarball, not the registry.
 */
before(() => {
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }]
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1'])
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  }
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
})
after(() => rmSync(folder, { recursive: true, force: true }))

describe('the packed package', () => {
  it('holds JavaScript, types and pages, and no sources or tests', () => {
    assert.ok(existsSync(join(installed, 'dist', 'main.js')))
    assert.ok(existsSync(join(installed, 'dist', 'web', 'index.html')))
    assert.ok(existsSync(join(installed, 'examples', 'flights', 'falconer.yaml')))
    assert.ok(!existsSync(join(installed, 'src')))
    assert.ok(!existsSync(join(installed, 'node_modules')))
    const all = readdirSync(installed, { recursive: true, encoding: 'utf8' })
    assert.deepEqual(
      all.filter(name => /\.test\./.test(name)),
      [],
    )
  })

  it('every public entry can be imported and gives functions', () => {
    assert.ok(entries.length >= 6, `only ${entries.length} entries`)
    const script = `
      for (const name of ${JSON.stringify(entries)}) {
        const entry = await import('falconer/' + name.slice(2))
        const functions = Object.values(entry).filter(value => typeof value === 'function')
        if (functions.length === 0) throw new Error(name + ' gives no function')
        console.log(name, functions.length)
      }`
    const { status, stdout, stderr } = run('--input-type=module', '-e', script)
    assert.equal(status, 0, stderr)
    assert.equal(stdout.trim().split('\n').length, entries.length)
  })

  it('every public entry has types', () => {
    const imports = entries
      .map((name, i) => `import * as e${i} from 'falconer/${name.slice(2)}'\nvoid e${i}`)
      .join('\n')
    writeFileSync(join(folder, 'use.ts'), imports)
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node']
    const { status, stdout } = run(tsc, ...options, '--skipLibCheck', 'use.ts')
    assert.equal(status, 0, stdout)
  })

  it('the falconer command runs from it', () => {
    const { status, stdout, stderr } = run(join(installed, 'bin', 'falconer.js'), '--version')
    assert.equal(status, 0, stderr)
    assert.equal(stdout.trim(), version)
  })

  it('trains and evaluates from it, workers and native modules included', () => {
    const rows = Array.from({ length: 200 }, (_, i) => `${i},${Number((i * 37) % 200 > 100)}`)
    writeFileSync(join(folder, 'rows.csv'), `x,y\n${rows.join('\n')}\n`)
    const bin = join(installed, 'bin', 'falconer.js')
    const trained = run(bin, 'train', 'rows.csv', '--label', 'y', '--out', 'm.onnx', '--json')
    assert.equal(trained.status, 0, trained.stderr)
    const evaluated = run(bin, 'evaluate', 'm.onnx', 'rows.csv', '--label', 'y', '--json')
    assert.equal(evaluated.status, 0, evaluated.stderr)
    assert.equal(JSON.parse(evaluated.stdout).n, 200)
  })
})

function run(...argv: string[]) {
  return spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8' })
}
