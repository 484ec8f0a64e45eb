/** Public entry `falconer/trees`. */
export * from './boosted.ts'
export * from './covers.ts'
export * from './encoder.ts'
export * from './ensemble.ts'
export * from './node.ts'
export * from './predict.ts'
