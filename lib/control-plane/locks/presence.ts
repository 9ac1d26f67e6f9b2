import { setTimeout as after } from 'node:timers/promises'
import type { Logger } from 'pino'
import { detach } from '#lib/process/faults.ts'
import { DatabaseProblem } from '../store/database-problem.ts'
import type { PresenceConnection } from '../store/dialect/presence-connection.ts'
import type { Store } from '../store/store.ts'

/** PostgreSQL notices within 11 s that a machine is dead that had a connection. Milliseconds. */
const WAIT_MS = 12_000
const RETRY_MS = 200

type Options = {
  /** Whether this control plane's own machine runs nodes. Only its supervisor can order them, so it must be the only control plane. */
  hasLocalNodes: boolean
  log: Logger
}

/**
 * Says to the other control planes on the database that this one is there, until the returned function is called.
 * @throws Error that explains to the operator that it can't start, because it or another one has local nodes
 */
export async function enter(store: Store, options: Options): Promise<() => Promise<void>> {
  const { openPresenceConnection: connect } = store
  if (!connect) return async () => {}
  const presence = new Presence(connect, options)
  await presence.enter()
  return presence.keep()
}

class Presence {
  readonly #connect: () => Promise<PresenceConnection>
  readonly #options: Options
  readonly #stopping = new AbortController()
  #connection: PresenceConnection | null = null

  constructor(connect: () => Promise<PresenceConnection>, options: Options) {
    this.#connect = connect
    this.#options = options
  }

  async enter(): Promise<void> {
    const deadline = performance.now() + WAIT_MS
    for (let others = await this.#attempt(); others; others = await this.#attempt()) {
      if (performance.now() > deadline) {
        this.#connection?.close()
        throw new Error(refusal(this.#options, others))
      }
      await this.#pause()
    }
  }

  /** Says it again whenever the connection has ended. @returns what ends it */
  keep(): () => Promise<void> {
    const { promise: done, resolve } = Promise.withResolvers<void>()
    detach('process', () => this.#keepOn().finally(resolve))
    return async () => {
      this.#stopping.abort()
      this.#connection?.close()
      await done
    }
  }

  async #keepOn(): Promise<void> {
    let isRefused = false
    while (!this.#stopping.signal.aborted) {
      const ended = this.#connection?.ended
      if (ended?.aborted === false && !isRefused) {
        await after(3_600_000, undefined, { signal: ended, ref: false }).catch(() => {})
        continue
      }
      await this.#pause()
      try {
        const others = await this.#attempt()
        // Its nodes and those of the other one go on.
        if (others && !isRefused) this.#options.log.error(refusal(this.#options, others))
        isRefused = others !== null
      } catch (error) {
        if (!(error instanceof DatabaseProblem) && !this.#stopping.signal.aborted) throw error
      }
    }
    this.#connection?.close()
  }

  /** @returns null if no other process contradicts; else the others, as far as they are known */
  async #attempt(): Promise<string[] | null> {
    if (this.#connection === null || this.#connection.ended.aborted)
      this.#connection = await this.#connect()
    const isTaken = await this.#connection.attempt(this.#options.hasLocalNodes ? 'alone' : 'shared')
    return isTaken ? null : this.#connection.others()
  }

  async #pause(): Promise<void> {
    const { signal } = this.#stopping
    await after(RETRY_MS, undefined, { signal, ref: false }).catch(() => {})
  }
}

function refusal({ hasLocalNodes }: Options, others: readonly string[]): string {
  const [machines, one] =
    others.length === 0 ? ['another machine', 'it'] : [others.join(', '), 'that one']
  return hasLocalNodes
    ? `This machine runs nodes, so its control plane must be the only one on the database. Another one runs on ${machines}. ` +
        `Stop ${one}, or start this one without the role node: FAIRLEAD_ROLES=control-plane,console.`
    : `The control plane on ${machines} must be the only one on the database, because its machine runs nodes. ` +
        `Stop it, or start it without the role node: FAIRLEAD_ROLES=control-plane,console.`
}
