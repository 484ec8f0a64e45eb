/** Public entry `falconer/onnx`. */
export * from './build.ts'
export * from './codec.ts'
export * from './model.ts'
export * from './rawColumns.ts'
export * from './read.ts'
export * from './schema.ts'
export * from './wire.ts'
