import { detach } from '#lib/process/faults.ts'
import type { CarrierState } from '#lib/protocol/host-link.ts'
import type { AdvertState } from './advert-sets.ts'
import type { Announcer } from './announcer.ts'
import type { Clocks } from './clocks.ts'
import type { Fence } from './fence.ts'
import type { Notification } from './keepalived-config.ts'
import type { CarrierEvent, CarrierLoss } from './messages.ts'
import { carrierOf, carriersBeside } from './pairs.ts'

/** How often addresses are announced at most because a peer with a lower priority was heard. Milliseconds. */
const REANNOUNCE_MS = 100

type Entry = {
  /** What keepalived said last. */
  said: CarrierState
  /** Polls in a row in which the kernel disagreed. */
  disagreements: number
  /** keepalived says that this host is the owner, but no advert leaves. */
  isSilent: boolean
  announcedAt: number
  /** Since when this host is the owner, as far as it knows. */
  ownedAt: number
}

/** How much later than the first advert keepalived's notification of it may arrive. Milliseconds. */
const NOTIFIED_MS = 50

/** So many polls in a row have to disagree: the kernel is behind by a lease at each change. */
const DISAGREEMENTS = 2

/** keepalived sent priority 0, which closed the fence. */
const GIVEN_UP: CarrierLoss = { how: 'given_up', answered_ms: 0 }

/** Who owns each carrier of this host, from what keepalived says and what the kernel sees. Keys are VRIDs. */
export class Carriers {
  readonly #entries = new Map<number, Entry>()
  readonly #fence: Fence
  readonly #announcer: Announcer
  readonly #leaseMs: number
  readonly #emit: (event: CarrierEvent) => void

  constructor(
    fence: Fence,
    announcer: Announcer,
    { leaseMs }: Clocks,
    emit: (event: CarrierEvent) => void,
  ) {
    this.#fence = fence
    this.#announcer = announcer
    this.#leaseMs = leaseMs
    this.#emit = emit
  }

  add(vrid: number, state: CarrierState): void {
    if (this.#entries.has(vrid)) return
    this.#entries.set(vrid, {
      said: state,
      disagreements: 0,
      isSilent: false,
      announcedAt: Number.NEGATIVE_INFINITY,
      ownedAt: performance.now(),
    })
    this.#emit(this.#event(vrid))
  }

  remove(vrid: number): void {
    this.#entries.delete(vrid)
  }

  /** Whether this host runs the carrier's pair. */
  has(vrid: number): boolean {
    return this.#entries.has(vrid)
  }

  stateOf(vrid: number): CarrierState {
    const entry = this.#entries.get(vrid)
    if (!entry || entry.isSilent) return 'fault'
    return entry.said
  }

  isSilent(vrid: number): boolean {
    return this.#entries.get(vrid)?.isSilent ?? false
  }

  /** Announces those of the addresses that are open on this host. */
  announce(addresses: readonly string[]): Promise<void> {
    return this.#announcer.announce(addresses, (address) => {
      const vrid = this.#fence.carriers.get(address)
      return vrid === undefined || this.stateOf(vrid) === 'owner'
    })
  }

  events(): CarrierEvent[] {
    return [...this.#entries.keys()].map((vrid) => this.#event(vrid))
  }

  onNotification({ vrid, state }: Notification): void {
    const entry = this.#entries.get(vrid)
    if (!entry) return
    if (state === 'announce') {
      if (entry.isSilent) this.#set(vrid, entry, 'owner')
      else {
        this.reannounce(vrid)
        detach('takeover', () => this.#checkLapse(vrid, entry))
      }
      return
    }
    const wasOwner = entry.said === 'owner'
    const find = state === 'fault' ? async () => GIVEN_UP : () => this.#lossToPeer(vrid, entry)
    this.#set(vrid, entry, state, find)
    // Two hosts that hear each other again both owned all carriers of the pair. Each keeps one, which the other has announced.
    if (wasOwner && state === 'backup') for (const one of carriersBeside(vrid)) this.reannounce(one)
  }

  /** keepalived of a carrier has ended. */
  onEnd(vrid: number): void {
    const entry = this.#entries.get(vrid)
    if (entry && this.stateOf(vrid) !== 'fault') {
      this.#set(vrid, entry, 'fault', () => this.#lossAtEnd(vrid))
    }
  }

  /** keepalived may be stopped and say nothing, and what it said may have been lost. */
  compare({ alive }: AdvertState): void {
    for (const [vrid, entry] of this.#entries) {
      const isOwner = this.stateOf(vrid) === 'owner'
      entry.disagreements = isOwner === alive.has(vrid) ? 0 : entry.disagreements + 1
      if (entry.disagreements < DISAGREEMENTS) continue
      entry.disagreements = 0
      if (!isOwner) this.#set(vrid, entry, 'owner')
      else {
        entry.isSilent = true
        this.#emit(this.#event(vrid, { loss: this.#stopped }))
      }
    }
  }

  /** @param findLoss finds out how the carrier is lost, if this host is the owner */
  #set(
    vrid: number,
    entry: Entry,
    state: CarrierState,
    findLoss: () => Promise<CarrierLoss | null> = async () => null,
  ): void {
    const wasOwner = this.stateOf(vrid) === 'owner'
    entry.said = state
    entry.isSilent = false
    entry.disagreements = 0
    if (state === 'owner') detach('takeover', () => this.#takeOver(vrid, entry))
    else if (!wasOwner) this.#emit(this.#event(vrid))
    else {
      detach('takeover', async () => {
        const loss = await findLoss()
        if (this.stateOf(vrid) !== 'owner') this.#emit(this.#event(vrid, { loss }))
      })
    }
  }

  /** keepalived of an owner has ended. Its VRRP process may have sent priority 0 just before, which closed the fence. */
  async #lossAtEnd(vrid: number): Promise<CarrierLoss> {
    const isOpen = (await this.#openMs(vrid)) !== null
    return isOpen ? this.#stopped : { ...this.#stopped, answered_ms: 0 }
  }

  /** The peer owns the carrier. keepalived may have been stopped before, and learned of it when it went on. */
  async #lossToPeer(vrid: number, { ownedAt }: Entry): Promise<CarrierLoss> {
    const hasPaused = await this.#hasPaused(vrid, ownedAt)
    return hasPaused ? this.#stopped : { how: 'outranked', answered_ms: null }
  }

  /** keepalived of this owner has heard a lower priority: the peer owned the carrier too, perhaps while it was stopped itself. */
  async #checkLapse(vrid: number, entry: Entry): Promise<void> {
    const { ownedAt } = entry
    if (this.stateOf(vrid) !== 'owner' || !(await this.#hasPaused(vrid, ownedAt))) return
    if (this.stateOf(vrid) !== 'owner' || entry.ownedAt !== ownedAt) return
    this.#emit({ ...this.#event(vrid, { loss: this.#stopped }), state: 'fault' })
    this.#set(vrid, entry, 'owner')
  }

  /** Whether no advert left for a lease since this host became the owner. */
  async #hasPaused(vrid: number, ownedAt: number): Promise<boolean> {
    const openMs = await this.#openMs(vrid)
    return openMs === null || openMs < performance.now() - ownedAt - NOTIFIED_MS
  }

  async #openMs(vrid: number): Promise<number | null> {
    try {
      return await this.#fence.openMs(vrid)
    } catch {
      // Without the fence this host answers on.
      return Number.POSITIVE_INFINITY
    }
  }

  /** Nothing closed the fence, so it stayed open for a lease. */
  get #stopped(): CarrierLoss {
    return { how: 'adverts_stopped', answered_ms: this.#leaseMs }
  }

  async #takeOver(vrid: number, entry: Entry): Promise<void> {
    entry.announcedAt = performance.now()
    entry.ownedAt = entry.announcedAt
    await this.#announceAll(vrid)
    const announcedAt = performance.now()
    const silenceMs = await this.#silenceAt(vrid, announcedAt)
    if (this.stateOf(vrid) === 'owner') this.#emit(this.#event(vrid, { silenceMs }))
    // The peer failed without an advert of priority 0.
    if ((silenceMs ?? 0) > this.#leaseMs) await this.#fence.forgetPeer(carriersBeside(vrid))
  }

  /** From the peer's last advert to a time before now. */
  async #silenceAt(vrid: number, at: number): Promise<number | null> {
    try {
      const silenceMs = (await this.#fence.adverts()).silenceMs.get(vrid)
      if (silenceMs === undefined) return null
      return Math.max(0, silenceMs - (performance.now() - at))
    } catch {
      // The takeover is what counts.
      return null
    }
  }

  /** Announces a carrier's addresses again, if this host owns it. */
  reannounce(vrid: number): void {
    const entry = this.#entries.get(vrid)
    const now = performance.now()
    if (!entry || this.stateOf(vrid) !== 'owner') return
    if (now - entry.announcedAt < REANNOUNCE_MS) return
    entry.announcedAt = now
    detach('takeover', () => this.#announceAll(vrid))
  }

  /** Announces those of a carrier's addresses that the other host has announced, if this host owns it. */
  async reclaim(vrid: number): Promise<void> {
    if (this.stateOf(vrid) !== 'owner') return
    const ceded = await this.#fence.ceded()
    const addresses = [...this.#fence.carriers].filter(([, carrier]) => carrier === vrid)
    const lost = addresses.map(([address]) => address).filter((address) => ceded.has(address))
    if (lost.length > 0) await this.announce(lost)
  }

  #announceAll(vrid: number): Promise<void> {
    const addresses = [...this.#fence.carriers].filter(([, carrier]) => carrier === vrid)
    return this.announce(addresses.map(([address]) => address))
  }

  #event(
    vrid: number,
    {
      silenceMs = null,
      loss = null,
    }: { silenceMs?: number | null; loss?: CarrierLoss | null } = {},
  ): CarrierEvent {
    const state = this.stateOf(vrid)
    return { event: 'carrier', ...carrierOf(vrid), state, silence_ms: silenceMs, loss }
  }
}
