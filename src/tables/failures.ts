/** DuckDB's errors as errors with a remedy. */
import { FalconerError } from '../base/errors.ts'

export function explainFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof FalconerError) return error
  const [message = '', ...rest] = error.message.split('\n\n')
  const where = rest.find(part => part.startsWith('LINE '))
  const text = where ? `${message.trim()}\n${where}` : message.trim()
  if (/No space left on device|Disk quota exceeded/.test(error.message)) {
    return new FalconerError('disk-full', text, { cause: error })
  }
  if (/^Out of Memory Error/.test(error.message)) {
    return new FalconerError('too-large', `The query needs more memory than it is given. ${message}`, {
      fix: 'Ask for fewer rows or columns, or give the program more memory.',
      cause: error,
    })
  }
  if (/^(IO|HTTP) Error/.test(error.message)) return new FalconerError('bad-data', text, { cause: error })
  return new FalconerError('bad-query', text, { fix: 'Correct the SQL at the place named above.', cause: error })
}
