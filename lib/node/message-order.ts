import { type Change, lbOf } from './change-queue.ts'

/** An open stream of a control plane. */
export type Source = {
  /** The number of messages from all streams before it was opened. */
  openedAt: number
  /** The load balancers with changes that were not carried out when it was opened, so its control plane doesn't know of them. */
  pending: ReadonlySet<string>
}

/** The newest message about a load balancer. */
type Newest = {
  source: Source
  /** Its number among the messages of all streams. */
  at: number
  asOf: number
  /** Equal for messages that have the same effect. */
  content: string
}

/**
 * Decides which messages of several control planes count. All of them read the same database, but some of them may lag behind: a process
 * that was stopped for a while goes on with what it has read before. README.md has the rules.
 */
export class MessageOrder {
  #count = 0
  readonly #open = new Set<Source>()
  readonly #newest = new Map<string, Newest>()

  /** Call it when the node reads what it has for the request that opens the stream. @param pending the load balancers with changes that are not carried out */
  open(pending: Iterable<string>): Source {
    const source = { openedAt: this.#count, pending: new Set(pending) }
    this.#open.add(source)
    this.#prune()
    return source
  }

  close(source: Source): void {
    this.#open.delete(source)
    this.#prune()
  }

  /** Whether a message is to be carried out. */
  admits(source: Source, change: Change): boolean {
    const { as_of: asOf } = change
    // Of a control plane that has a database for itself.
    if (asOf === undefined) return true
    const id = lbOf(change)
    const content = contentOf(change)
    const former = this.#relevant(source, id)
    if (former && former.source !== source && asOf < former.asOf) return false
    const newest = Math.max(asOf, former?.asOf ?? 0)
    this.#count += 1
    this.#newest.set(id, { source, at: this.#count, asOf: newest, content })
    return former?.content !== content
  }

  /** The newest message about a load balancer, unless the control plane knew its effect when it read the first message of this stream. */
  #relevant(source: Source, lbId: string): Newest | null {
    const newest = this.#newest.get(lbId)
    return newest && isUnknownTo(source, lbId, newest) ? newest : null
  }

  /** Forgets what every open stream's control plane has known from its start. */
  #prune(): void {
    for (const [id, newest] of this.#newest) {
      if (!this.#open.values().some((source) => isUnknownTo(source, id, newest))) {
        this.#newest.delete(id)
      }
    }
  }
}

function isUnknownTo({ openedAt, pending }: Source, lbId: string, { at }: Newest): boolean {
  return at > openedAt || pending.has(lbId)
}

function contentOf(change: Change): string {
  if (change.type === 'remove') return 'removed'
  const { generation, revision, carriage } = change.config
  return JSON.stringify([generation, revision, carriage])
}
