/** Work on the same keys runs one after the other, in the order of the calls. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>()

  async run<Result>(keys: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const before = keys.map((key) => this.#last.get(key))
    const running = runAfter(before, work)
    for (const key of keys) this.#last.set(key, running)
    try {
      return await running
    } finally {
      for (const key of keys) if (this.#last.get(key) === running) this.#last.delete(key)
    }
  }
}

async function runAfter<Result>(
  before: (Promise<unknown> | undefined)[],
  work: () => Promise<Result>,
): Promise<Result> {
  await Promise.allSettled(before)
  return work()
}
