import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { describe, it } from 'node:test'
import { imports, type Token, tokens } from './imports.ts'

const root = join(import.meta.dirname, '..')

/** From the ground up. A folder imports from lower floors and from itself; folders of one floor never import each other. */
const floors = [
  ['base'],
  ['numeric'],
  ['statistics', 'charts'],
  ['onnx'],
  ['trees'],
  ['learn', 'explain'],
  ['estimate'],
  ['loop'],
  ['data', 'model', 'deploy', 'watch', 'act', 'govern'],
  ['store', 'blobs', 'tables', 'engine', 'runtime', 'notify'],
  ['http', 'oip', 'cli'],
  ['platform.ts', 'job.ts'],
  ['main.ts'],
]
const floorOf = new Map(floors.flatMap((folders, floor) => folders.map(folder => [folder, floor] as const)))
const pure = new Set(floors.slice(0, floors.findIndex(f => f.includes('loop')) + 1).flat())

/** What the floors without I/O may take from outside: hashing, the yaml parser and the arithmetic of charts. */
const pureModules = new Set(['node:crypto', 'yaml', 'd3-array', 'd3-scale', 'd3-shape'])
const hiddenInputs = new Set([
  'process',
  'performance',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'globalThis',
])

interface SourceFile {
  /** Relative to src, with forward slashes. */
  readonly path: string
  readonly folder: string
  readonly isTest: boolean
  readonly tokens: readonly Token[]
}

const files: readonly SourceFile[] = globSync('**/*.ts', { cwd: join(root, 'src') })
  .map(path => path.replaceAll('\\', '/'))
  .toSorted()
  .map(path => ({
    path,
    folder: path.split('/')[0]!,
    isTest: path.endsWith('.test.ts'),
    tokens: tokens(readFileSync(join(root, 'src', path), 'utf8')),
  }))

/** Why this import is not allowed, or undefined. */
function objection(file: SourceFile, target: string): string | undefined {
  if (target === '?') return file.isTest ? undefined : 'computes the name of a module'
  if (!target.startsWith('.')) {
    const free = !pure.has(file.folder) || file.isTest || pureModules.has(target)
    return free ? undefined : `takes ${target}, which floors below the stages may not`
  }
  const path = posix.normalize(posix.join(posix.dirname(file.path), target))
  if (path.startsWith('..')) {
    return file.isTest && path.startsWith('../test/') ? undefined : `leaves src: ${target}`
  }
  if (!/\.(ts|json|js)$/.test(path)) return `names ${target} without its ending`
  const folder = path.split('/')[0]!
  if (folder === file.folder) return undefined
  const from = floorOf.get(file.folder)!
  const to = floorOf.get(folder)
  if (to === undefined) return `imports from the unknown folder ${folder}`
  if (to > from) return `imports upwards, from ${folder}`
  if (to === from) return `imports from its neighbour ${folder}`
  return undefined
}

/** What a pure file reads behind the caller's back. */
function hidden(of: readonly Token[]): string[] {
  const found: string[] = []
  of.forEach((token, i) => {
    if (token.kind !== 'word' || of[i - 1]?.value === '.' || of[i + 1]?.value === ':') return
    const member = of[i + 1]?.value === '.' ? of[i + 2]?.value : undefined
    if (token.value === 'Date' && member === 'now') found.push('Date.now')
    if (
      token.value === 'Date' &&
      of[i - 1]?.value === 'new' &&
      (of[i + 1]?.value !== '(' || of[i + 2]?.value === ')')
    ) {
      found.push('new Date()')
    }
    if (token.value === 'Math' && member === 'random') found.push('Math.random')
    if (token.value === 'crypto' && member?.startsWith('random')) found.push(`crypto.${member}`)
    if (/^random(Bytes|UUID|Int|FillSync)$/.test(token.value)) found.push(token.value)
    if (hiddenInputs.has(token.value) && (member !== undefined || of[i + 1]?.value === '(')) found.push(token.value)
  })
  return found
}

describe('floors', () => {
  it('sees every TypeScript file under src', () => {
    const listed = globSync('src/**', { cwd: root, withFileTypes: true })
      .filter(entry => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
      .map(entry => join(entry.parentPath, entry.name))
    assert.ok(files.length > 20, `only ${files.length} files`)
    assert.equal(files.length, listed.length, 'a file with another ending than .ts is not checked')
    for (const file of files) {
      assert.ok(file.tokens.length > 0, `${file.path} has no tokens`)
      assert.ok(floorOf.has(file.folder), `${file.path} is in no known folder`)
    }
  })

  it('a file imports from lower floors or its own folder, and stages never import each other', () => {
    const wrong = files.flatMap(file =>
      imports(file.tokens).flatMap(target => {
        const why = objection(file, target)
        return why ? [`src/${file.path} ${why}`] : []
      }),
    )
    assert.deepEqual(wrong, [])
  })

  it('from base to loop nothing reads a clock, the environment or a hidden random number', () => {
    const wrong = files
      .filter(file => pure.has(file.folder) && !file.isTest)
      .flatMap(file => hidden(file.tokens).map(what => `src/${file.path} reads ${what}`))
    assert.deepEqual(wrong, [])
  })

  it('each folder under src says what it is for', () => {
    const missing = [...new Set(files.map(file => dirname(file.path)))].filter(
      folder =>
        folder !== '.' &&
        !folder.includes('/') &&
        globSync('README.md', { cwd: join(root, 'src', folder) }).length === 0,
    )
    assert.deepEqual(missing, [])
  })
})

describe('the lexer of the floor test', () => {
  it('finds static, type-only, re-exported, dynamic and bare imports', () => {
    const source = `
      import a, { type B } from './a.ts'
      import type { C } from "./c.ts"
      import * as d from './d.ts'
      import './e.ts'
      export { f } from './f.ts'
      export * from './g.ts'
      export type { H } from './h.ts'
      const i = await import('./i.ts')
      type J = import('./j.ts').J
      const k = await import(\`./k.ts\`)
      const l = await import(name)
    `
    const names = imports(tokens(source))
    assert.deepEqual(names, ['a', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k'].map(n => `./${n}.ts`).concat('?'))
  })

  it('is not misled by comments, strings, templates and regular expressions', () => {
    const source = `
      // import './comment.ts'
      /* import './block.ts' */
      const s = "import './string.ts'"
      const t = \`import './template.ts' \${f({ a: \`\${1}\` })} from './rest.ts'\`
      const r = /import '.\\/regex.ts'["'\`]/g.test(s) ? 4 / 2 / 1 : 0
      export const from = 1
      export interface X { from: string }
      import.meta.dirname
      import { real } from './real.ts'
    `
    assert.deepEqual(imports(tokens(source)), ['./real.ts'])
  })

  it('notices hidden inputs, but not methods and fields of the same name', () => {
    assert.deepEqual(
      hidden(tokens('Date.now(); new Date(); new Date(at); x.process.y; Math.random(); process.env.A')),
      ['Date.now', 'new Date()', 'Math.random', 'process'],
    )
    assert.deepEqual(hidden(tokens("const a = { process: 1 }; performed(); 'Date.now()'")), [])
  })
})
