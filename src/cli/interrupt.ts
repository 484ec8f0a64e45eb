/** Ctrl-C and friends: the first asks for a clean end, a second one ends at once. */

export function interrupted(): Promise<'SIGINT' | 'SIGTERM'> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      let last = 0
      process.on(signal, () => {
        resolve(signal)
        // A terminal may send the same Ctrl-C twice, to us and through the process that started us.
        const now = performance.now()
        if (last > 0 && now - last > 500) process.exit(signal === 'SIGINT' ? 130 : 143)
        last ||= now
      })
    }
  })
}
