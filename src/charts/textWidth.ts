/**
 * Width of text without a screen, from the advance widths of Helvetica (Adobe font metrics, 1/1000 em); system fonts
 * differ by a few per cent. East Asian wide characters count one em, combining marks nothing.
 */

// Code points 32 to 126.
const widths = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
  556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
  260, 334, 584,
]

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uff60\p{Emoji_Presentation}]/u
const without = /[\p{M}\p{Cf}]/u

/** Width in pixels at this font size. */
export function textWidth(text: string, size: number): number {
  let sum = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (code >= 32 && code < 127) sum += widths[code - 32]!
    else if (wide.test(character)) sum += 1000
    else if (!without.test(character)) sum += 600
  }
  return (sum * size) / 1000
}

/** The text, or as much of its beginning as fits with an ellipsis. */
export function truncate(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text
  const room = width - textWidth('…', size)
  let kept = ''
  let used = 0
  for (const character of text) {
    used += textWidth(character, size)
    if (used > room) break
    kept += character
  }
  return `${kept.trimEnd()}…`
}
