import { fileBlobs } from '../../src/blobs/fileBlobs.ts'
import { localEngine } from '../../src/engine/localEngine.ts'
import { engineContract } from './engine.ts'
import { temporaryFolder } from './temporaryFolder.ts'

engineContract('local engine', t => {
  const dir = temporaryFolder(t)
  const blobs = fileBlobs(temporaryFolder(t))
  return {
    blobs,
    open(cpus = 2) {
      const engine = localEngine({ dir, blobs, cpus, now: Date.now, backOffMs: () => 10, graceMs: 200 })
      t.after(() => engine.close())
      return engine
    },
  }
})
