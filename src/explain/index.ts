/** Public entry `falconer/explain`. */
export * from './lossBySegment.ts'
export * from './treeShap.ts'
export * from './whatMoved.ts'
