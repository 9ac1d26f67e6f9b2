import { Authority } from '../authority/authority.ts'
import type { Reader } from '../store/reader.ts'
import type { Term } from './term.ts'
import { TermEnded } from './term-ended.ts'

/**
 * How long a leader may act after its last renewal, milliseconds. Another one begins no earlier than that, so at no time do two of them
 * send.
 */
export const LEASE_MS = 600

/** A term that was won among several processes, and lasts as long as it is renewed. */
export class ElectedTerm implements Term {
  readonly authority: Authority
  readonly #holder: string
  readonly #ended = new AbortController()
  /** Of `performance.now()`. */
  #certainUntil = 0

  constructor(holder: string) {
    this.#holder = holder
    this.authority = Authority.ofLeader((reader) => this.#check(reader), this.isCertain)
  }

  get ended(): AbortSignal {
    return this.#ended.signal
  }

  readonly isCertain = (): boolean =>
    !this.#ended.signal.aborted && performance.now() < this.#certainUntil

  /** @param sentAt when the renewal was sent, of `performance.now()` */
  renewed(sentAt: number): void {
    this.#certainUntil = sentAt + LEASE_MS
  }

  end(): void {
    this.#ended.abort()
  }

  /** In a transaction that has the writers lock, which the next leader takes to begin its term. */
  async #check(reader: Reader): Promise<void> {
    const query = reader.selectFrom('leadership').select('id').where('holder', '=', this.#holder)
    if (this.#ended.signal.aborted || !(await query.executeTakeFirst())) throw new TermEnded()
  }
}
