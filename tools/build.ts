/**
 * What `npm pack` runs: JavaScript and type declarations of src in dist, and the pages. An installed package must be
 * JavaScript, because Node does not strip types under node_modules.
 */
import { spawnSync } from 'node:child_process'
import { globSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

for (const name of globSync('dist/*', { cwd: root })) {
  if (name.replaceAll('\\', '/') !== 'dist/web') rmSync(join(root, name), { recursive: true })
}
run('node_modules/typescript/bin/tsc', '-p', 'tools/tsconfig.build.json')
run('tools/pages.ts')

function run(...argv: string[]): void {
  const { status } = spawnSync(process.execPath, argv, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(status ?? 1)
}
