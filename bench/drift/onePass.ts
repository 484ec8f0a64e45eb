/** Child of speed.ts: sketches of all columns of a Parquet file in one pass; prints seconds, CPU seconds and peak memory. */
import { fixBins } from '../../src/statistics/profiles/bins.ts'
import { sketchBuilder } from '../../src/statistics/profiles/sketch.ts'
import { duckTables } from '../../src/tables/duckTables.ts'

const tables = await duckTables()
const file = await tables.scan(process.argv[2]!, 'parquet')
const start = performance.now()
const before = process.cpuUsage()
// Bins of a stored reference would be there already; here the first batch stands in for it.
let builders: ReturnType<typeof sketchBuilder>[] | undefined
for await (const batch of file.batches()) {
  builders ??= batch.columns.map(column => sketchBuilder(fixBins(column)))
  for (const [c, column] of batch.columns.entries()) builders[c]!.add(column)
}
const { user, system } = process.cpuUsage(before)
await tables.close()
console.log(
  JSON.stringify({
    rows: builders![0]!.sketch().rows,
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMb: process.resourceUsage().maxRSS / 1024,
  }),
)
