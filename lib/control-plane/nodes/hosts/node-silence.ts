import { contain } from '#lib/process/faults.ts'
import { PING_INTERVAL_MS } from '#lib/protocol/stream.ts'

const TICK_MS = 500
/** A host answers each ping. After two without an answer, and half of the time until the next, it counts as away. */
const TICKS_MAX = (2.5 * PING_INTERVAL_MS) / TICK_MS
/** A suspected host answers a ping within this many, or counts as away. */
const SUSPECTED_TICKS = 3

type Heard = { ticks: number; away: AbortController }

/**
 * Notices that nodes of other machines are away. A machine without power doesn't close its connections, and what is written to them
 * is only buffered. Time is counted in ticks: a pause of this process makes nobody silent.
 */
export class NodeSilence {
  readonly #nodes = new Map<string, Heard>()
  #timer: NodeJS.Timeout | null = null

  /** A node has sent something. @returns aborted when it is away */
  heard(nodeId: string): AbortSignal {
    const heard = this.#nodes.get(nodeId) ?? { ticks: 0, away: new AbortController() }
    heard.ticks = 0
    this.#nodes.set(nodeId, heard)
    this.#timer ??= setInterval(this.#onTick, TICK_MS).unref()
    return heard.away.signal
  }

  /** Another host doesn't hear the node any more. It counts as away within 1.5 s unless it sends something: ping it. */
  suspect(nodeId: string): void {
    const heard = this.#nodes.get(nodeId)
    if (heard) heard.ticks = Math.max(heard.ticks, TICKS_MAX - SUSPECTED_TICKS)
  }

  readonly #onTick = contain('report', () => {
    for (const [nodeId, heard] of this.#nodes) {
      heard.ticks += 1
      if (heard.ticks < TICKS_MAX) continue
      this.#nodes.delete(nodeId)
      heard.away.abort()
    }
    if (this.#nodes.size > 0 || !this.#timer) return
    clearInterval(this.#timer)
    this.#timer = null
  })
}
