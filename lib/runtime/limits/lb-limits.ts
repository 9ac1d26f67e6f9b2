import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { Bandwidth } from './bandwidth.ts'

/** What one load balancer may carry in this process. */
export class LbLimits {
  readonly bandwidth = new Bandwidth()
  #connections = Number.POSITIVE_INFINITY
  #open = 0

  /** Puts other limits into effect. Connections beyond a smaller one stay until they end. */
  update({ connections, bandwidth }: DesiredConfig['limits']): void {
    this.#connections = connections ?? Number.POSITIVE_INFINITY
    this.bandwidth.limit(bandwidth)
  }

  /** A client has connected. @returns false where there are as many as there may be */
  admit(): boolean {
    if (this.#open >= this.#connections) return false
    this.#open += 1
    return true
  }

  /** One that was let in has ended. */
  release(): void {
    this.#open -= 1
  }
}
