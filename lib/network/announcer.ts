import { contain, detach } from '#lib/process/faults.ts'
import { announcementFrames } from './arp-frames.ts'
import type { Fence } from './fence.ts'
import type { FrameSender } from './frame-sender.ts'
import type { HostInterface } from './host-interface.ts'

/**
 * Addresses are announced once more after this time, or up to twice of it, for neighbours that missed the first one. Those of many
 * switchovers are repeated together. Milliseconds.
 */
const REPEAT_MS = 1000

type IsOpen = (address: string) => boolean

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
  /** Addresses to announce again: at the next time, and at the one after it. */
  #next = new Map<string, IsOpen>()
  #afterNext = new Map<string, IsOpen>()
  #timer: NodeJS.Timeout | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Resolves when the frames of those that are open here are sent. Never rejects: neighbours find the addresses by ARP after a
   * while.
   */
  async announce(addresses: readonly string[], isOpen: IsOpen): Promise<void> {
    if (addresses.length === 0) return
    await this.#send(addresses.filter(isOpen))
    const again = this.#timer === null ? this.#next : this.#afterNext
    for (const address of addresses) again.set(address, isOpen)
    this.#timer ??= this.#schedule()
  }

  #schedule(): NodeJS.Timeout {
    const repeat = () => detach('takeover', () => this.#repeat())
    return setTimeout(contain('takeover', repeat), REPEAT_MS).unref()
  }

  async #repeat(): Promise<void> {
    const due = this.#next
    this.#next = this.#afterNext
    this.#afterNext = new Map()
    this.#timer = this.#next.size > 0 ? this.#schedule() : null
    const open = [...due].filter(([address, isOpen]) => isOpen(address))
    if (open.length === 0) return
    // A switchover may have begun: the other host has announced addresses that are still open here.
    const ceded = await this.#parts.fence.ceded()
    const addresses = open.map(([address]) => address).filter((address) => !ceded.has(address))
    this.#parts.onProblem(await this.#send(addresses))
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
