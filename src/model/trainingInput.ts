/**
 * What a training job is given: everything by digest, so that the job needs the blob store and nothing else, and the
 * same input gives the same bytes on any machine.
 */
import type { Digest } from '../base/ports.ts'
import type { Table } from '../base/table.ts'
import type { ProjectConfig } from '../loop/project.ts'
import type { TrainRequest } from '../loop/steps.ts'

export interface DatasetContent {
  readonly name: string
  readonly version: number
  readonly digest: Digest
  readonly content: Digest
}

export interface TrainingInput {
  readonly request: TrainRequest
  readonly config: ProjectConfig
  readonly query: string
  readonly datasets: readonly DatasetContent[]
  /** First instant of the prediction log; rows before it come from the entities dataset. Absent before deployment. */
  readonly loggedFrom?: number
  /** Parquet `id, cutoff, label` of the logged rows, as known at `asOf`. */
  readonly labels?: Digest
  /** Parquet of logged rows with their features as served, since the last comparison. */
  readonly served: readonly Digest[]
  /** Parquet `id, cutoff, features` of what was asked before. */
  readonly known?: Digest
}

/** The point-in-time query, opened over the dataset versions of the input. */
export interface FeatureSource {
  /** Rows of the entities dataset with from <= cutoff < to: id, cutoff, label (NaN while unknown at `asOf`). */
  entities(from: number, to: number, asOf: number): Promise<Table>
  /** Features of each id at its own cutoff, in the order given: the id column, then the features. */
  featuresAtMany(ids: readonly string[], cutoffs: Float64Array): Promise<Table>
}
