/**
 * Builds the pages to dist/web when their sources changed, and does nothing otherwise. Files are compressed here, once,
 * so that the server only sends them. The build is moved into place whole: a running server never sees half of it.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const target = join(root, 'dist/web')
const mark = join(target, '.sources')
/** Everything the pages are made of; charts are shared with the server. */
const sources = ['web/**', 'src/charts/*.ts', 'src/base/*.ts', 'package-lock.json', 'tools/pages.ts']

const state = digest()
if (!existsSync(mark) || readFileSync(mark, 'utf8') !== state) await build()

function digest(): string {
  const hash = createHash('sha256')
  for (const entry of globSync(sources, { cwd: root, withFileTypes: true }).toSorted(byPath)) {
    if (!entry.isFile() || entry.name.endsWith('.test.ts')) continue
    const path = join(entry.parentPath, entry.name)
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0')
  }
  return hash.digest('hex')
}

function byPath(a: { parentPath: string; name: string }, b: { parentPath: string; name: string }): number {
  const [x, y] = [join(a.parentPath, a.name), join(b.parentPath, b.name)]
  return x < y ? -1 : x > y ? 1 : 0
}

async function build(): Promise<void> {
  const vite = await import('vite').catch(() => undefined)
  if (!vite) {
    console.error(`The pages are not built and the packages that build them are missing.
fix: run "npm ci" (without --omit=dev), then try again.`)
    process.exit(1)
  }
  const began = performance.now()
  mkdirSync(dirname(target), { recursive: true })
  const fresh = mkdtempSync(`${target}-`)
  try {
    await vite.build({
      root: join(root, 'web'),
      logLevel: 'warn',
      build: { outDir: fresh, emptyOutDir: true, reportCompressedSize: false },
    })
    compress(fresh)
    writeFileSync(join(fresh, '.sources'), state)
    chmodSync(fresh, 0o755)
    rmSync(target, { recursive: true, force: true })
    renameSync(fresh, target)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  console.error(`pages built in ${((performance.now() - began) / 1000).toFixed(1)} s`)
}

function compress(folder: string): void {
  for (const name of globSync('**/*.{js,css,html,svg,json}', { cwd: folder })) {
    const path = join(folder, name)
    const bytes = readFileSync(path)
    if (bytes.length < 1024) continue
    const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }))
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
  }
}
