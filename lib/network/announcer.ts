import { setTimeout } from 'node:timers/promises'
import { detach } from '#lib/process/faults.ts'
import { announcementFrames } from './arp-frames.ts'
import type { FrameSender } from './frame-sender.ts'
import type { HostInterface } from './host-interface.ts'

/** Addresses are announced once more after this time, for neighbours that missed the first one. Milliseconds. */
const REPEAT_MS = 1000

/** Tells neighbours that addresses are at this host. The fence drops what this host may not say. */
export class Announcer {
  readonly #frames: FrameSender
  readonly #interface: HostInterface
  readonly #onProblem: (problem: string | null) => void

  /** @param onProblem called with a sentence when addresses couldn't be announced, and with null when they could */
  constructor(frames: FrameSender, on: HostInterface, onProblem: (problem: string | null) => void) {
    this.#frames = frames
    this.#interface = on
    this.#onProblem = onProblem
  }

  /**
   * Resolves when the frames of those that are open here are sent. Never rejects: neighbours find the addresses by ARP after a
   * while.
   */
  async announce(
    addresses: readonly string[],
    isOpen: (address: string) => boolean,
  ): Promise<void> {
    await this.#send(addresses.filter(isOpen))
    detach('takeover', async () => {
      await setTimeout(REPEAT_MS, undefined, { ref: false })
      await this.#send(addresses.filter(isOpen))
    })
  }

  async #send(addresses: readonly string[]): Promise<void> {
    if (addresses.length === 0) return
    try {
      await this.#frames.send(announcementFrames(this.#interface.mac, addresses))
      this.#onProblem(null)
    } catch (error) {
      this.#onProblem((error as Error).message)
    }
  }
}
