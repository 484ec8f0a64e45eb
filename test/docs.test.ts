import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { errorCodes, FalconerError } from '../src/base/errors.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

describe('documents', () => {
  it('docs/errors.md lists every code with its status, exit code, title and remedy', () => {
    const rows = read('docs/errors.md')
      .split('\n')
      .filter(line => line.startsWith('| `'))
    const wanted = errorCodes.map(code => {
      const { status, exit, title, fix } = new FalconerError(code, '')
      return `| \`${code}\` | ${status} | ${exit} | ${title} | ${fix} |`
    })
    assert.deepEqual(rows, wanted)
  })

  it('every link to a file leads somewhere', () => {
    const documents = globSync(['*.md', 'docs/**/*.md', 'src/**/*.md', 'examples/**/*.md', 'web/**/*.md'], {
      cwd: root,
    })
    assert.ok(documents.length > 10)
    const broken = documents.flatMap(document =>
      [...read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
        .map(([, target]) => target!)
        .filter(target => globSync(join(dirname(document), target), { cwd: root }).length === 0)
        .map(target => `${document}: ${target}`),
    )
    assert.deepEqual(broken, [])
  })
})
