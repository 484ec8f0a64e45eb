/** The program: the command line with the implementations that it works with. What a command needs is loaded when it runs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './cli/program.ts'
import type { Tools } from './cli/tools.ts'

const root = join(import.meta.dirname, '..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const program = [process.execPath, join(root, 'bin', 'falconer.js')]

const tools: Tools = {
  version,
  program,
  examples: join(root, 'examples'),
  async serve(options) {
    const { serve } = await import('./platform.ts')
    return serve({ ...options, version, program, pages: join(root, 'dist', 'web') })
  },
  async openTables() {
    const { duckTables } = await import('./tables/duckTables.ts')
    return duckTables()
  },
  async openRuntime() {
    const { onnxRuntime } = await import('./runtime/onnxRuntime.ts')
    return onnxRuntime()
  },
  async verifyAudit(data) {
    const { verifyAuditOf } = await import('./platform.ts')
    return verifyAuditOf(data)
  },
  async runJob(name, files) {
    const { runJob } = await import('./job.ts')
    return runJob(name, files)
  },
}

const exit = await run(process.argv.slice(2), tools)
// What is still open (a connection that retries, an idle worker) does not keep the program.
process.stdout.write('', () => process.exit(exit))
