/** Who is computing which key at the moment: the first to ask computes, later ones get the same answer. */

export interface Claims<Answer> {
  /**
   * Runs `work` on the keys that nobody is computing and waits for the others. A key whose owner failed is tried again.
   * Each key is named once.
   */
  settle(
    keys: readonly string[],
    work: (mine: readonly string[]) => Promise<ReadonlyMap<string, Answer>>,
  ): Promise<ReadonlyMap<string, Answer>>
}

export function createClaims<Answer>(): Claims<Answer> {
  const owners = new Map<string, Promise<ReadonlyMap<string, Answer>>>()

  return {
    async settle(keys, work) {
      const answers = new Map<string, Answer>()
      for (let open = keys; open.length > 0; ) {
        const mine = open.filter(key => !owners.has(key))
        const theirs = open.filter(key => owners.has(key)).map(key => ({ key, owner: owners.get(key)! }))
        if (mine.length > 0) {
          const owned = work(mine)
          for (const key of mine) owners.set(key, owned)
          try {
            for (const [key, answer] of await owned) answers.set(key, answer)
          } finally {
            for (const key of mine) owners.delete(key)
          }
        }
        // One's own work comes first, so two requests that wait for each other's keys both go on.
        const failed: string[] = []
        for (const { key, owner } of theirs) {
          const answer = await owner.then(
            given => given.get(key),
            () => undefined,
          )
          if (answer === undefined) failed.push(key)
          else answers.set(key, answer)
        }
        open = failed
      }
      return answers
    },
  }
}
