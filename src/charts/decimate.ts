/**
 * Thins a line to what a screen can show: per pixel column the first, lowest, highest and last point, in their order.
 * No peak is lost (which averaging and largest-triangle thinning can do). Up to 4 points a column are kept as they are.
 * Missing values stay as one gap, so that a line still breaks there.
 */
export function decimate(x: ArrayLike<number>, y: ArrayLike<number>, columns: number): Int32Array {
  if (x.length !== y.length) throw new RangeError(`decimate: ${x.length} x for ${y.length} y`)
  if (!(columns >= 1)) throw new RangeError(`decimate: columns is ${columns}, must be at least 1`)
  const n = x.length
  const kept = new Int32Array(n)
  let count = 0
  const keep = (i: number) => {
    if (count === 0 || kept[count - 1]! < i) kept[count++] = i
  }
  if (n <= 4 * columns) {
    for (let i = 0; i < n; i++) keep(i)
    return kept.subarray(0, count)
  }
  const start = x[0]!
  const perColumn = (x[n - 1]! - start) / Math.floor(columns)
  const columnOf = (i: number) =>
    perColumn > 0 ? Math.min(Math.floor(columns) - 1, Math.floor((x[i]! - start) / perColumn)) : 0
  for (let i = 0; i < n; ) {
    const column = columnOf(i)
    let end = i
    while (end < n && columnOf(end) === column && Number.isNaN(y[end]!) === Number.isNaN(y[i]!)) end++
    if (Number.isNaN(y[i]!)) {
      keep(i)
      // A gap at the end reaches to the end.
      if (end === n) keep(n - 1)
    } else {
      let low = i
      let high = i
      for (let j = i; j < end; j++) {
        if (y[j]! < y[low]!) low = j
        if (y[j]! > y[high]!) high = j
      }
      keep(i)
      keep(Math.min(low, high))
      keep(Math.max(low, high))
      keep(end - 1)
    }
    i = end
  }
  return kept.subarray(0, count)
}
