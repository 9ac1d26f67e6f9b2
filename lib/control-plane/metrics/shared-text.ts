import { contain } from '#lib/process/faults.ts'

/** How long a text is shared. */
const FRESH_MS = 1000

/** A text in chunks that is generated at most once a second and shared by concurrent readers. */
export class SharedText {
  readonly #make: () => AsyncGenerator<string>
  #latest: Promise<Uint8Array[]> | null = null

  constructor(make: () => AsyncGenerator<string>) {
    this.#make = make
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    this.#latest ??= this.#gather()
    yield* await this.#latest
  }

  async #gather(): Promise<Uint8Array[]> {
    try {
      const encoder = new TextEncoder()
      const pieces: Uint8Array[] = []
      for await (const piece of this.#make()) pieces.push(encoder.encode(piece))
      return pieces
    } finally {
      const onStale = contain('maintenance', () => {
        this.#latest = null
      })
      setTimeout(onStale, FRESH_MS).unref()
    }
  }
}
