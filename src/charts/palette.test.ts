import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dark, light, type Token } from './palette.ts'

type Rgb = readonly [number, number, number]

const toLinear = (hex: string): Rgb =>
  [1, 3, 5].map(i => {
    const v = Number.parseInt(hex.slice(i, i + 2), 16) / 255
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
  }) as unknown as Rgb

const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b
const contrast = (a: string, b: string) => {
  const [high, low] = [luminance(toLinear(a)), luminance(toLinear(b))].sort((x, y) => y - x)
  return (high! + 0.05) / (low! + 0.05)
}

// Machado, Oliveira, Fernandes, IEEE TVCG 15 (2009) 1291, severity 1.0, linear RGB.
const deficiencies = {
  none: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const

function lab(hex: string, m: readonly number[]): Rgb {
  const [r, g, b] = toLinear(hex)
  const seen = [0, 3, 6].map(i => Math.min(1, Math.max(0, m[i]! * r + m[i + 1]! * g + m[i + 2]! * b))) as unknown as Rgb
  const xyz = [
    (0.4124 * seen[0] + 0.3576 * seen[1] + 0.1805 * seen[2]) / 0.95047,
    0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2],
    (0.0193 * seen[0] + 0.1192 * seen[1] + 0.9505 * seen[2]) / 1.08883,
  ].map(t => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116)) as unknown as Rgb
  return [116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])]
}

const distance = (a: string, b: string, m: readonly number[]) => {
  const [p, q] = [lab(a, m), lab(b, m)]
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])
}

// Pairs that one picture shows side by side with different meanings.
const pairs: readonly (readonly [Token, Token])[] = [
  ['series', 'reference'],
  ['series', 'broken'],
  ['series', 'attention'],
  ['ok', 'broken'],
  ['ok', 'attention'],
  ['busy', 'attention'],
  ['busy', 'broken'],
  ['more', 'less'],
]

for (const [name, palette] of Object.entries({ light, dark })) {
  describe(`the ${name} palette`, () => {
    test('has text at 4.5 : 1 and marks at 3 : 1 against the surface', () => {
      const text: Token[] = ['ink', 'muted', 'ok', 'series', 'reference', 'more', 'less', 'attention', 'broken', 'busy']
      for (const token of text) assert.ok(contrast(palette[token], palette.surface) >= 4.5, token)
      assert.ok(contrast(palette.idle, palette.surface) >= 3, 'idle')
    })

    for (const [deficiency, matrix] of Object.entries(deficiencies)) {
      test(`keeps opposite meanings apart for eyes with ${deficiency} deficiency`, () => {
        for (const [a, b] of pairs) {
          const d = distance(palette[a], palette[b], matrix)
          assert.ok(d >= 15, `${a} and ${b}: ΔE ${d.toFixed(1)}`)
        }
      })
    }
  })
}
