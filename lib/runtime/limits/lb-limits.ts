import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { Bandwidth } from './bandwidth.ts'

/** The limits of one load balancer in this process. */
export class LbLimits {
  readonly bandwidth = new Bandwidth()
  #connections = Number.POSITIVE_INFINITY
  #open = 0

  /** Connections beyond a lowered limit stay until they end. */
  update({ connections, bandwidth }: DesiredConfig['limits']): void {
    this.#connections = connections ?? Number.POSITIVE_INFINITY
    this.bandwidth.limit(bandwidth)
  }

  /** Counts a client connection. @returns false at the connection limit */
  admit(): boolean {
    if (this.#open >= this.#connections) return false
    this.#open += 1
    return true
  }

  /** An admitted connection has closed. */
  release(): void {
    this.#open -= 1
  }
}
