/** The words of the records in the language of the page, and the state that each stands for. */
import type { State } from '../../src/charts/options.ts'
import type { ActionState, Alarm, Diagnosis, Route, StepName, Verdict, VersionState } from '../../src/loop/records.ts'
import type { ChartKind } from '../../src/loop/signals.ts'
import type { Notification } from '../api/wire.ts'
import type { PlainKey } from './words.ts'

export const actionStateKey: Readonly<Record<ActionState, PlainKey>> = {
  diagnosing: 'action.diagnosing',
  training: 'action.training',
  gating: 'action.gating',
  refitting: 'action.refitting',
  'waiting for approval': 'action.waiting',
  'rolling out': 'action.rollingOut',
  verifying: 'action.verifying',
  kept: 'action.kept',
  returned: 'action.returned',
  refused: 'action.refused',
  blocked: 'action.blocked',
  failed: 'action.failed',
  cancelled: 'action.cancelled',
}

export const actionMark: Readonly<Record<ActionState, State>> = {
  diagnosing: 'busy',
  training: 'busy',
  gating: 'busy',
  refitting: 'busy',
  'waiting for approval': 'attention',
  'rolling out': 'busy',
  verifying: 'busy',
  kept: 'ok',
  returned: 'attention',
  refused: 'attention',
  blocked: 'broken',
  failed: 'broken',
  cancelled: 'idle',
}

export const actionKindKey = {
  'first training': 'action.firstTraining',
  retrain: 'action.retrain',
  recalibrate: 'action.recalibrate',
  threshold: 'action.threshold',
  rollback: 'action.rollback',
} as const satisfies Record<string, PlainKey>

export const stepKey: Readonly<Record<StepName, PlainKey>> = {
  diagnose: 'step.diagnose',
  train: 'step.train',
  gate: 'step.gate',
  refit: 'step.refit',
  register: 'step.register',
  approve: 'step.approve',
  shadow: 'step.shadow',
  canary: 'step.canary',
  promote: 'step.promote',
  verify: 'step.verify',
  keep: 'step.keep',
  return: 'step.return',
}

export const versionStateKey: Readonly<Record<VersionState, PlainKey>> = {
  registered: 'version.registered',
  canary: 'version.canary',
  live: 'version.live',
  replaced: 'version.replaced',
  returned: 'version.returned',
  refused: 'version.refused',
}

export const versionMark: Readonly<Record<VersionState, State>> = {
  registered: 'idle',
  canary: 'busy',
  live: 'ok',
  replaced: 'idle',
  returned: 'attention',
  refused: 'attention',
}

export const routeKey: Readonly<Record<Route['mode'], PlainKey>> = {
  live: 'route.live',
  canary: 'route.canary',
  shadow: 'route.shadow',
}

export const alarmStateKey: Readonly<Record<Alarm['state'], PlainKey>> = {
  open: 'alarm.open',
  acknowledged: 'alarm.acknowledged',
  resolved: 'alarm.resolved',
}

export function alarmMark(alarm: Pick<Alarm, 'state' | 'severity'>): State {
  if (alarm.state === 'resolved') return 'idle'
  return alarm.severity === 'critical' ? 'broken' : 'attention'
}

export const noticeStateKey: Readonly<Record<Notification['state'], PlainKey>> = {
  waiting: 'notice.waiting',
  delivered: 'notice.delivered',
  withdrawn: 'notice.withdrawn',
  failed: 'notice.failed',
}

export const noticeMark: Readonly<Record<Notification['state'], State>> = {
  waiting: 'busy',
  delivered: 'ok',
  withdrawn: 'idle',
  failed: 'broken',
}

export const verdictKey: Readonly<Record<Verdict, PlainKey>> = {
  'schema break': 'verdict.schemaBreak',
  'swapped columns': 'verdict.swappedColumns',
  'new categories': 'verdict.newCategories',
  'source outage': 'verdict.sourceOutage',
  'frozen sensor': 'verdict.frozenSensor',
  'stale feed': 'verdict.staleFeed',
  'unit change': 'verdict.unitChange',
  'time shift': 'verdict.timeShift',
  'duplicated batch': 'verdict.duplicatedBatch',
  'truncated batch': 'verdict.truncatedBatch',
  'clock skew': 'verdict.clockSkew',
  'label fault': 'verdict.labelFault',
  'deployment fault': 'verdict.deploymentFault',
  'covariate shift': 'verdict.covariateShift',
  'concept shift': 'verdict.conceptShift',
  unknown: 'verdict.unknown',
}

export const adviceKey: Readonly<Record<Diagnosis['advice'], PlainKey>> = {
  retrain: 'advice.retrain',
  block: 'advice.block',
  rollback: 'advice.rollback',
  ask: 'advice.ask',
}

export const chartKey: Readonly<Record<ChartKind, PlainKey>> = {
  ewma: 'chart.ewma',
  shewhart: 'chart.shewhart',
  cusum: 'chart.cusum',
  p: 'chart.p',
}
const monitorKeys: Readonly<Record<string, PlainKey>> = {
  'observed - expected': 'monitor.observedExpected',
  auc: 'monitor.auc',
  log_loss: 'monitor.logLoss',
  brier: 'monitor.brier',
  accuracy: 'monitor.accuracy',
  precision: 'monitor.precision',
  recall: 'monitor.recall',
  specificity: 'monitor.specificity',
  f1: 'monitor.f1',
  rmse: 'monitor.rmse',
  mae: 'monitor.mae',
  'estimated auc': 'monitor.estimatedAuc',
  'estimated accuracy': 'monitor.estimatedAccuracy',
  'estimated precision': 'monitor.estimatedPrecision',
  'estimated recall': 'monitor.estimatedRecall',
  'estimated f1': 'monitor.estimatedF1',
  'estimated log_loss': 'monitor.estimatedLogLoss',
  'estimated brier': 'monitor.estimatedBrier',
  'estimated rmse': 'monitor.estimatedRmse',
  'estimated mae': 'monitor.estimatedMae',
  'mean prediction': 'monitor.meanPrediction',
  'positive share': 'monitor.positiveShare',
  confidence: 'monitor.confidence',
  rows: 'monitor.rowCount',
  'missing share': 'monitor.missingShare',
  'unseen share': 'monitor.unseenShare',
  'outside share': 'monitor.outsideShare',
  'anomalous share': 'monitor.anomalousShare',
  requests: 'monitor.requests',
  'latency p50': 'monitor.latencyP50',
  'latency p95': 'monitor.latencyP95',
  'refused share': 'monitor.refusedShare',
  coverage: 'monitor.coverage',
  'delay median': 'monitor.delayMedian',
  'delay p90': 'monitor.delayP90',
  'skew share': 'monitor.skewShare',
  drift: 'monitor.drift',
  'prediction drift': 'monitor.predictionDrift',
}

/** A monitor's name in words; one that is not known here keeps its own. */
export function monitorKey(name: string): PlainKey | undefined {
  return monitorKeys[name]
}

const finalStates: ReadonlySet<ActionState> = new Set(['kept', 'returned', 'refused', 'blocked', 'failed', 'cancelled'])

export function isRunning(action: { readonly state: ActionState }): boolean {
  return !finalStates.has(action.state)
}
