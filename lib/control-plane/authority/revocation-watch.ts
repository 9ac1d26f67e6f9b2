import { contain, detach } from '#lib/process/faults.ts'
import { DatabaseProblem } from '../store/database-problem.ts'
import type { Reader } from '../store/reader.ts'
import { type Credential, validHashes } from './identify.ts'

/** How often the credentials of open streams are looked up. Milliseconds. */
const LOOK_EVERY_MS = 500

type Watched = { credential: Credential; revoked: AbortController }

/**
 * Finds credentials of open streams that have been revoked, also by another control plane: one query for all sessions and one for all
 * tokens, however many streams there are. While the database can't be read, streams stay open.
 */
export class RevocationWatch {
  readonly #reader: Reader
  readonly #lookEveryMs: number
  readonly #watched = new Set<Watched>()
  #timer: NodeJS.Timeout | null = null
  #isLooking = false

  constructor(reader: Reader, lookEveryMs = LOOK_EVERY_MS) {
    this.#reader = reader
    this.#lookEveryMs = lookEveryMs
  }

  /** @returns a signal that aborts when the credential is no longer valid, and a function that ends the watch */
  watch(credential: Credential): { signal: AbortSignal; stop: () => void } {
    const one = { credential, revoked: new AbortController() }
    this.#watched.add(one)
    const look = contain('maintenance', () => detach('maintenance', () => this.#look()))
    this.#timer ??= setInterval(look, this.#lookEveryMs).unref()
    return { signal: one.revoked.signal, stop: () => this.#remove(one) }
  }

  #remove(one: Watched): void {
    this.#watched.delete(one)
    if (this.#watched.size > 0 || !this.#timer) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    const looked = [...this.#watched]
    try {
      const credentials = looked.map(({ credential }) => credential)
      const valid = await validHashes(this.#reader, credentials)
      for (const { credential, revoked } of looked) {
        if (!valid.has(credential.hash)) revoked.abort()
      }
    } catch (error) {
      if (!(error instanceof DatabaseProblem)) throw error
    } finally {
      this.#isLooking = false
    }
  }
}
