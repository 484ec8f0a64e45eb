/**
 * falconer.yaml → ProjectConfig. Everything wrong with the file is reported at once, each with line and column; whatever
 * is left out gets its default, so that a file of five lines is a project. Each section is read by a file of its own.
 */
import { FalconerError } from '../base/errors.ts'
import { isTimeZone } from '../base/time.ts'
import type { ProjectConfig } from './project.ts'
import { readAct } from './projectAct.ts'
import { checkReferences, readDatasets, readFeatures } from './projectData.ts'
import { name, plainName } from './projectNames.ts'
import { readNotify } from './projectNotify.ts'
import { readDeploy } from './projectRollout.ts'
import { readTrainAndGate } from './projectTraining.ts'
import { readWatch } from './projectWatch.ts'
import { type Place, YamlReader } from './yamlReader.ts'

/**
 * @param files gives the text of a file beside falconer.yaml (the query), undefined where there is none.
 * Errors: `bad-config` with all findings.
 */
export function parseProject(yaml: string, files: (name: string) => string | undefined): ProjectConfig {
  const read = new YamlReader(yaml, 'falconer.yaml')
  const config = readProject(read, files)
  if (read.findings.length > 0 || !config) {
    const [first] = read.findings
    const more = read.findings.length - 1
    throw new FalconerError(
      'bad-config',
      `${first?.at ?? 'falconer.yaml'}: ${first?.text ?? 'nothing could be read'}${more > 0 ? ` (and ${more} more)` : ''}`,
      { findings: read.findings, fix: 'Correct the places named, and apply again.' },
    )
  }
  return config
}

function readProject(read: YamlReader, files: (name: string) => string | undefined): ProjectConfig | undefined {
  if (read.findings.length > 0) return undefined
  if (read.root.node === null) return read.wrong(read.root, 'falconer.yaml is empty')
  const top = read.fields(read.root, [
    'project',
    'model',
    'timezone',
    'datasets',
    'data',
    'train',
    'gate',
    'deploy',
    'watch',
    'act',
    'notify',
  ])
  if (!top) return undefined

  const project = name(read, read.need(top, 'project', 'every project needs a name'), plainName)
  const model = name(read, top.get('model'), plainName) ?? project
  const timezone = readTimezone(read, top.get('timezone'))
  const data = top.get('data') ?? read.need(top, 'data', 'it says what is predicted: id, time and label')
  const dataFields = data && read.fields(data, ['query', 'source', 'entities', 'id', 'time', 'label'])
  const datasets = readDatasets(read, top.get('datasets'), dataFields)
  const features = dataFields && readFeatures(read, dataFields, datasets, files)
  checkReferences(read, datasets)
  const { train, gate } = readTrainAndGate(read, top.get('train'), top.get('gate'))
  const deploy = readDeploy(read, top.get('deploy'), model ?? '', { metric: gate.metric, task: train.task })
  const watch = readWatch(read, top.get('watch'), train.task)
  const act = readAct(read, top.get('act'), watch, { ...deploy, task: train.task })
  const notify = readNotify(read, top.get('notify'))
  if (!project || !model || !features) return undefined
  const configs = Object.fromEntries([...datasets].map(([key, { config }]) => [key, config]))
  return { project, model, timezone, datasets: configs, data: features, train, gate, deploy, watch, act, notify }
}

function readTimezone(read: YamlReader, place: Place | undefined): string {
  const zone = read.text(place)
  if (place && zone !== undefined && !isTimeZone(zone)) {
    read.wrong(place, `timezone is ${JSON.stringify(zone)}, wanted a name such as Europe/Berlin`)
  }
  return zone ?? 'UTC'
}
