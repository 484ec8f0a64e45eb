/** The detectors by name, as a configuration or a stored state has them. */
import { Adwin, type AdwinOptions, type SavedAdwin } from './adwin.ts'
import { Ddm, type DdmOptions, type SavedDdm } from './ddm.ts'
import type { StreamDetector } from './detector.ts'
import { Eddm, type EddmOptions, type SavedEddm } from './eddm.ts'
import { Fhddm, type FhddmOptions, type SavedFhddm } from './fhddm.ts'
import { HddmA, type HddmAOptions, HddmW, type HddmWOptions, type SavedHddmA, type SavedHddmW } from './hddm.ts'
import { Kswin, type KswinOptions, type SavedKswin } from './kswin.ts'
import { PageHinkley, type PageHinkleyOptions, type SavedPageHinkley } from './pageHinkley.ts'

/** A kind with what differs from its defaults. */
export type DetectorOptions =
  | ({ readonly kind: 'adwin' } & Partial<AdwinOptions>)
  | ({ readonly kind: 'page-hinkley' } & Partial<PageHinkleyOptions>)
  | ({ readonly kind: 'kswin' } & Partial<KswinOptions>)
  | ({ readonly kind: 'ddm' } & Partial<DdmOptions>)
  | ({ readonly kind: 'eddm' } & Partial<EddmOptions>)
  | ({ readonly kind: 'fhddm' } & Partial<FhddmOptions>)
  | ({ readonly kind: 'hddm-a' } & Partial<HddmAOptions>)
  | ({ readonly kind: 'hddm-w' } & Partial<HddmWOptions>)

export type DetectorKind = DetectorOptions['kind']

export type SavedDetector =
  | SavedAdwin
  | SavedPageHinkley
  | SavedKswin
  | SavedDdm
  | SavedEddm
  | SavedFhddm
  | SavedHddmA
  | SavedHddmW

export const detectorKinds = [
  'adwin',
  'page-hinkley',
  'kswin',
  'ddm',
  'eddm',
  'fhddm',
  'hddm-a',
  'hddm-w',
] as const satisfies readonly DetectorKind[]

/** A new detector of that kind. */
export function streamDetector({ kind, ...options }: DetectorOptions): StreamDetector {
  return create({ kind, options } as SavedDetector)
}

/** The detector that was saved: it gives the verdicts that the other would have given. */
export function restoreDetector(saved: SavedDetector): StreamDetector {
  return create(saved)
}

/** The state is absent in a new one. */
function create(saved: SavedDetector): StreamDetector {
  switch (saved.kind) {
    case 'adwin':
      return new Adwin(saved.options, saved.state)
    case 'page-hinkley':
      return new PageHinkley(saved.options, saved.state)
    case 'kswin':
      return new Kswin(saved.options, saved.state)
    case 'ddm':
      return new Ddm(saved.options, saved.state)
    case 'eddm':
      return new Eddm(saved.options, saved.state)
    case 'fhddm':
      return new Fhddm(saved.options, saved.state)
    case 'hddm-a':
      return new HddmA(saved.options, saved.state)
    case 'hddm-w':
      return new HddmW(saved.options, saved.state)
    default:
      throw new RangeError(
        `streamDetector: the kind is ${(saved as SavedDetector).kind}, must be one of ${detectorKinds.join(', ')}`,
      )
  }
}
