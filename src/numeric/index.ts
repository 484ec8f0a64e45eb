/** Public entry `falconer/numeric`. */
export * from './argsort.ts'
export * from './errorFunction.ts'
export * from './gammaFunctions.ts'
export * from './gaussLegendre.ts'
export * from './random.ts'
export * from './root.ts'
export * from './solveLinear.ts'
export * from './sortAscending.ts'
