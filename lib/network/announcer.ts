import { setTimeout } from 'node:timers/promises'
import { detach } from '#lib/process/faults.ts'
import { announcementFrames } from './arp-frames.ts'
import type { Fence } from './fence.ts'
import type { FrameSender } from './frame-sender.ts'
import type { HostInterface } from './host-interface.ts'

/** Addresses are announced once more after this time, for neighbours that missed the first one. Milliseconds. */
const REPEAT_MS = 1000

type Parts = {
  frames: FrameSender
  interface: HostInterface
  fence: Fence
  /** Called with a sentence when addresses can't be announced, and with null when they can. */
  onProblem(problem: string | null): void
}

/** Tells neighbours that addresses are at this host. The fence drops what this host may not say. */
export class Announcer {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Resolves when the frames of those that are open here are sent. Never rejects: neighbours find the addresses by ARP after a
   * while.
   */
  async announce(
    addresses: readonly string[],
    isOpen: (address: string) => boolean,
  ): Promise<void> {
    if (addresses.length === 0) return
    await this.#send(addresses.filter(isOpen))
    detach('takeover', async () => {
      await setTimeout(REPEAT_MS, undefined, { ref: false })
      const open = addresses.filter(isOpen)
      if (open.length === 0) return
      // A switchover may have begun: the other host has announced addresses that are still open here.
      const ceded = await this.#parts.fence.ceded()
      const problem = await this.#send(open.filter((one) => !ceded.has(one)))
      this.#parts.onProblem(problem)
    })
  }

  /** @returns why they couldn't be sent: this host may have lost them just now, so only the second time counts */
  async #send(addresses: readonly string[]): Promise<string | null> {
    if (addresses.length === 0) return null
    try {
      await this.#parts.frames.send(announcementFrames(this.#parts.interface.mac, addresses))
      return null
    } catch (error) {
      return (error as Error).message
    }
  }
}
