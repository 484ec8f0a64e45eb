import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { random } from '../../numeric/random.ts'
import { outOfFoldTest } from './classifierTest.ts'
import { covarianceOf } from './columns.ts'
import { fitMahalanobis, mahalanobisSquared } from './mahalanobis.ts'
import { meanDiscrepancy } from './meanDiscrepancy.ts'
import { fitReconstruction, reconstructionErrors } from './reconstruction.ts'

// numpy, scikit-learn: see hypothesis.py beside it
const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/hypothesis.json', import.meta.url), 'utf8'),
).multivariate
const reference: Float64Array[] = golden.reference.map((column: number[]) => Float64Array.from(column))
const window: Float64Array[] = golden.window.map((column: number[]) => Float64Array.from(column))

const near = (actual: number, expected: number, what: string, tolerance = 1e-9) =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, not ${expected}`,
  )

test('the mean discrepancy and its median bandwidth equal numpy; p comes near that of all labellings', () => {
  const { result, bandwidth } = meanDiscrepancy(reference, window, {}, random(1))
  near(bandwidth!, golden.median_distance, 'median distance')
  near(result!.statistic, golden.mmd2_unbiased, 'MMD^2', 1e-12)
  const { n, m, median_distance, mmd2_unbiased, share_at_least } = golden.few
  for (const exchanged of [false, true]) {
    const few = [reference.map(column => column.slice(0, n)), window.map(column => column.slice(0, m))] as const
    const [a, b] = exchanged ? [few[1], few[0]] : few
    const found = meanDiscrepancy(a, b, { replicates: 9999 }, random(2))
    near(found.bandwidth!, median_distance, 'median distance of few rows')
    near(found.result!.statistic, mmd2_unbiased, 'MMD^2 of few rows', 1e-12)
    near(found.result!.p, share_at_least, 'p', 4 * Math.sqrt(0.16 / 9999))
  }
})

test('reconstruction errors, the number of components and their variance equal scikit-learn', () => {
  const fitted = fitReconstruction(reference, {}, random(1))
  assert.equal(fitted.components.length, golden.pca.components)
  near(
    fitted.explained,
    golden.pca.explained.reduce((sum: number, share: number) => sum + share, 0),
    'explained',
  )
  for (const [i, error] of reconstructionErrors(reference, fitted).entries()) {
    near(error, golden.pca.reference_errors[i], `row ${i} of the reference`)
  }
  for (const [i, error] of reconstructionErrors(window, JSON.parse(JSON.stringify(fitted))).entries()) {
    near(error, golden.pca.window_errors[i], `row ${i} of the window`)
  }
})

test('covariance, shrinkage and Mahalanobis distances equal scikit-learn', () => {
  const p = reference.length
  const plain = covarianceOf(reference)
  const shrunk = covarianceOf(reference, 'ledoitWolf')
  near(shrunk.shrinkage, golden.ledoit_wolf.shrinkage, 'shrinkage')
  for (let j = 0; j < p; j++) {
    for (let k = 0; k < p; k++) {
      near(plain.matrix[j * p + k]!, golden.covariance[j][k], `covariance ${j} ${k}`)
      near(shrunk.matrix[j * p + k]!, golden.ledoit_wolf.covariance[j][k], `shrunk ${j} ${k}`)
    }
  }
  const fitted = JSON.parse(JSON.stringify(fitMahalanobis(reference).reference))
  for (const [i, squared] of mahalanobisSquared(window, fitted).entries()) {
    near(squared, golden.mahalanobis_window[i], `distance ${i}`)
  }
})

test('the robust centre is that of scikit-learn, which leaves the same bad rows out', () => {
  const contaminated = reference.map((column, j) =>
    column.map((value, i) => (i < golden.contaminated_rows ? value + golden.contamination[j] : value)),
  )
  const { reference: robust } = fitMahalanobis(contaminated, 'robust')
  assert.equal(robust!.n, golden.mcd.inliers.length)
  for (const [j, centre] of robust!.mean.entries()) near(centre, golden.mcd.location[j], `centre ${j}`)
  const squared = mahalanobisSquared(contaminated, robust!)
  const bad = squared.subarray(0, golden.contaminated_rows)
  const good = squared.subarray(golden.contaminated_rows)
  assert.ok(Math.min(...bad) > 10 * Math.max(...good))
})

test('the AUC of scores equals scikit-learn', () => {
  const scores = Float64Array.from([...reference[0]!, ...window[0]!])
  const isWindow = Uint8Array.from(scores, (_, i) => Number(i >= reference[0]!.length))
  near(outOfFoldTest(scores, isWindow).auc!, golden.auc, 'AUC')
})
