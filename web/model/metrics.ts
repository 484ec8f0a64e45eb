/** Names of metrics, and which of them a list shows. */

const names: Readonly<Record<string, string>> = {
  roc_auc: 'AUC',
  auc: 'AUC',
  log_loss: 'log loss',
  brier: 'Brier',
  f1: 'F1',
  f2: 'F2',
  mcc: 'MCC',
  ece: 'ECE',
  rmse: 'RMSE',
  mae: 'MAE',
  mape: 'MAPE',
  r2: 'R²',
}

const headline: readonly (readonly string[])[] = [
  ['auc', 'roc_auc'],
  ['brier', 'brier_score'],
  ['log_loss', 'logLoss'],
  ['rmse'],
  ['mae'],
  ['r2'],
]

const lowerIsBetter: ReadonlySet<string> = new Set([
  'brier',
  'brier_score',
  'log_loss',
  'logLoss',
  'rmse',
  'mae',
  'mse',
  'ece',
  'max_error',
  'median_absolute_error',
  'mape',
])

/** Technical names stay as they are in every language. */
export function metricName(metric: string): string {
  return names[metric] ?? metric.replaceAll('_', ' ')
}

/** The usual figures first, the others as they are. */
export function inOrder(metrics: Readonly<Record<string, number>>): string[] {
  const first = headlineMetrics(metrics)
  return [...first, ...Object.keys(metrics).filter(metric => !first.includes(metric))]
}

/** Those of the usual figures that these metrics have. */
export function headlineMetrics(metrics: Readonly<Record<string, number>>): string[] {
  return headline.flatMap(spellings => spellings.find(s => s in metrics) ?? [])
}

/** Whether a change from a to b is for the better; undefined where the direction is not known or nothing changed. */
export function improves(metric: string, a: number, b: number): boolean | undefined {
  if (!Number.isFinite(a) || !Number.isFinite(b) || a === b) return undefined
  if (lowerIsBetter.has(metric)) return b < a
  if (['auc', 'roc_auc', 'accuracy', 'precision', 'recall', 'f1', 'r2', 'average_precision'].includes(metric))
    return b > a
  return undefined
}
