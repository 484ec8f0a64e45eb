/** A strict reader of the XML that charts write: anything malformed throws. For tests. */

export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Character data directly inside, entities resolved. */
  readonly text: string
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

export function parseXml(source: string): XmlElement {
  let at = 0
  const fail = (what: string): never => {
    throw new SyntaxError(`parseXml: ${what} at ${at}: ${source.slice(at, at + 40)}`)
  }
  const take = (pattern: RegExp): RegExpExecArray => {
    pattern.lastIndex = at
    const match = pattern.exec(source) ?? fail(`wanted ${pattern}`)
    at = pattern.lastIndex
    return match
  }
  const resolve = (text: string) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that XML forbids
    if (/[<\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text) || !text.isWellFormed()) fail('a forbidden character')
    return text.replace(/&([^;]*;?)/g, (_, name: string) => entities[name.replace(/;$/, '')] ?? fail(`entity ${name}`))
  }
  const readElement = (): XmlElement => {
    const name = take(/<([A-Za-z][\w-]*)/y)[1]!
    const attributes: Record<string, string> = {}
    while (source[at] === ' ') {
      const [, key, value] = take(/ ([A-Za-z][\w:-]*)="([^"]*)"/y)
      if (key! in attributes) fail(`attribute ${key} twice`)
      attributes[key!] = resolve(value!)
    }
    if (take(/\/?>/y)[0] === '/>') return { name, attributes, children: [], text: '' }
    const children: XmlElement[] = []
    let text = ''
    while (!source.startsWith('</', at)) {
      if (at >= source.length) fail(`${name} is not closed`)
      if (source[at] === '<') children.push(readElement())
      else text += resolve(take(/[^<]+/y)[0])
    }
    if (take(/<\/([\w-]+)>/y)[1] !== name) fail(`closed something else than ${name}`)
    return { name, attributes, children, text }
  }
  const root = readElement()
  if (at !== source.length) fail('more after the root')
  return root
}

/** The element and everything below it. */
export function* everyElement(root: XmlElement): Iterable<XmlElement> {
  yield root
  for (const child of root.children) yield* everyElement(child)
}

/** All places that an element draws at: [x, y]; lone coordinates have NaN for the other. */
export function placesOf(node: XmlElement): [number, number][] {
  const a = node.attributes
  const n = (key: string) => Number(a[key])
  switch (node.name) {
    case 'line':
      return [
        [n('x1'), n('y1')],
        [n('x2'), n('y2')],
      ]
    case 'circle':
      return [
        [n('cx') - n('r'), n('cy') - n('r')],
        [n('cx') + n('r'), n('cy') + n('r')],
      ]
    case 'rect':
      return [
        [n('x'), n('y')],
        [n('x') + n('width'), n('y') + n('height')],
      ]
    case 'text':
      return [[n('x'), n('y')]]
    case 'path': {
      const [, dx = '0', dy = '0'] = /^translate\(([-\d.]+) ([-\d.]+)\)$/.exec(a.transform ?? '') ?? []
      return pathPlaces(a.d ?? '').map(([x, y]) => [x + Number(dx), y + Number(dy)])
    }
    default:
      return []
  }
}

/** End points of the absolute commands M, L, H, V and A. */
function pathPlaces(d: string): [number, number][] {
  const places: [number, number][] = []
  for (const [, command, rest] of d.matchAll(/([MLHVAZ])([^MLHVAZ]*)/g)) {
    const numbers = (rest!.match(/-?\d+(\.\d+)?/g) ?? []).map(Number)
    const [x, y] = places.at(-1) ?? [0, 0]
    if (command === 'H') places.push([numbers[0]!, y])
    else if (command === 'V') places.push([x, numbers[0]!])
    else if (command === 'A') places.push([numbers[5]!, numbers[6]!])
    else if (command !== 'Z') places.push([numbers[0]!, numbers[1]!])
  }
  return places
}
