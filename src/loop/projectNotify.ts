/** The section `notify` of falconer.yaml: whom to tell of what. Secrets are named in it, never written. */
import { isMap } from 'yaml'
import { type ChannelConfig, noticeGroups, type Secret } from './project.ts'
import { name, plainName } from './projectNames.ts'
import { type Fields, type Place, scalar, type YamlReader } from './yamlReader.ts'

/** Only these variables can be named, so that a project cannot read others of the server. */
const secretName = /^FALCONER_SECRET_[A-Z0-9_]+$/
const mailAddress = /^[^\s@<>"]+@[^\s@<>"]+$/

export function readNotify(read: YamlReader, place: Place | undefined): ChannelConfig[] {
  const channels = read.list(place).flatMap(item => readChannel(read, item) ?? [])
  const names = new Set<string>()
  for (const channel of channels) {
    if (names.has(channel.name)) read.wrong(place!, `notify has two channels named ${channel.name}`)
    names.add(channel.name)
  }
  return channels
}

function readChannel(read: YamlReader, place: Place): ChannelConfig | undefined {
  const fields = read.fields(place, [
    'name',
    'webhook',
    'secret',
    'slack',
    'email',
    'from',
    'smtp',
    'on',
    'severity',
    'after',
    'link',
  ])
  if (!fields) return undefined
  const kinds = ['webhook', 'slack', 'email'].filter(kind => fields.get(kind))
  if (kinds.length !== 1) {
    const given = kinds.length === 0 ? 'none of them' : kinds.join(' and ')
    return read.wrong(place, `${place.what} wants one of webhook, slack and email, given is ${given}`)
  }
  const [kind] = kinds as [ChannelConfig['to']['kind']]
  const to = readAddress(read, fields, kind)
  for (const [key, belongsTo] of Object.entries({ secret: 'webhook', from: 'email', smtp: 'email' })) {
    const odd = fields.get(key)
    if (odd && belongsTo !== kind) read.wrong(odd, `${key} belongs to ${belongsTo}, not to ${kind}`)
  }
  const on = read.list(fields.get('on')).flatMap(item => read.choice(item, noticeGroups) ?? [])
  const link = readAddressText(read, fields.get('link'))
  if (!to) return undefined
  return {
    name: name(read, fields.get('name'), plainName) ?? kind,
    to,
    on: fields.get('on') ? on : ['alarm', 'approval', 'trouble'],
    severity: read.choice(fields.get('severity'), ['warning', 'critical']) ?? 'warning',
    afterMs: read.duration(fields.get('after')) ?? 0,
    ...(link !== undefined && { link: link.replace(/\/+$/, '') }),
  }
}

function readAddress(
  read: YamlReader,
  fields: Fields,
  kind: ChannelConfig['to']['kind'],
): ChannelConfig['to'] | undefined {
  if (kind === 'slack') {
    const url = readSecret(read, fields.get('slack'))
    return url && { kind, url }
  }
  if (kind === 'webhook') {
    const place = fields.get('webhook')!
    const url = isMap(place.node) ? readSecret(read, place) : readAddressText(read, place)
    const secret = readSecret(read, fields.get('secret'))
    return url === undefined ? undefined : { kind, url, ...(secret && { secret }) }
  }
  const to = read.list(fields.get('email')).flatMap(item => readMail(read, item) ?? [])
  const from = readMail(read, read.need(fields, 'from', 'whom the mail comes from'))
  const smtp = readSecret(read, read.need(fields, 'smtp', 'the mail server, as {env: FALCONER_SECRET_SMTP}'))
  return to.length === 0 || from === undefined || !smtp ? undefined : { kind, to, from, smtp }
}

function readSecret(read: YamlReader, place: Place | undefined): Secret | undefined {
  if (!place) return undefined
  if (!isMap(place.node)) {
    return read.wrong(
      place,
      `${place.what} is a secret, which does not stand in the file: put it into an environment variable of the server and write {env: FALCONER_SECRET_…}`,
    )
  }
  const env = read.text(read.fields(place, ['env'])?.get('env'))
  if (env === undefined) return read.wrong(place, `${place.what} wants {env: FALCONER_SECRET_…}`)
  if (!secretName.test(env)) {
    return read.wrong(place, `${place.what} names the variable ${env}; its name must begin with FALCONER_SECRET_`)
  }
  return { env }
}

function readAddressText(read: YamlReader, place: Place | undefined): string | undefined {
  if (!place) return undefined
  const text = scalar(place)
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url.href
  return read.wrong(
    place,
    `${place.what} is ${JSON.stringify(text)}, wanted an address such as https://example.com/hook`,
  )
}

function readMail(read: YamlReader, place: Place | undefined): string | undefined {
  const text = read.text(place)
  if (!place || text === undefined || mailAddress.test(text)) return text
  return read.wrong(place, `${place.what} is ${JSON.stringify(text)}, wanted a mail address such as oncall@example.com`)
}
