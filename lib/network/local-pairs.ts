import { readdirSync, readFileSync } from 'node:fs'
import { detach } from '#lib/process/faults.ts'
import { vridOf } from '#lib/protocol/pair.ts'
import type { AdvertState } from './advert-sets.ts'
import type { Carriers } from './carriers.ts'
import type { Fence } from './fence.ts'
import { Keepalived, type KeepalivedOptions } from './keepalived.ts'
import type { PeerEvent } from './messages.ts'
import { carriersOf, isSamePair, type LocalCarrier, LocalPair } from './pairs.ts'
import type { Problems } from './problems.ts'

/** The peer is heard if its last advert isn't older than so many intervals. */
const HEARD_INTERVALS = 5
/** keepalived that hasn't sent an advert for that long, though it owns a carrier, hangs. Milliseconds. */
const HANG_MS = 3000

type Parts = {
  fence: Fence
  carriers: Carriers
  problems: Problems
  keepalived: KeepalivedOptions
  emit(event: PeerEvent): void
}

/** The pairs that this host is in, each with its keepalived. */
export class LocalPairs {
  readonly #parts: Parts
  readonly #running = new Map<number, Keepalived>()
  readonly #heard = new Map<number, boolean>()
  readonly #silentSince = new Map<number, number>()
  /** Polls in a row in which keepalived ignored adverts that the kernel saw. */
  readonly #deafPolls = new Map<number, number>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The pairs that a former helper left running. */
  formerPairs(): LocalPair[] {
    const { files } = this.#parts.keepalived
    return readdirSync(files.directory).flatMap((file) => {
      const [, number] = /^pair-(\d+)\.json$/.exec(file) ?? []
      if (!number) return []
      const parsed = LocalPair.safeParse(readJson(files.pair(Number(number)).state))
      return parsed.success ? [parsed.data] : []
    })
  }

  /** Adopts them. @param alive carriers whose adverts leave this host */
  async adopt(pairs: readonly LocalPair[], alive: ReadonlySet<number>, isHealthy: boolean) {
    for (const pair of pairs) {
      for (const { vrid } of carriersOf(pair)) {
        const idle = isHealthy ? 'backup' : 'fault'
        this.#parts.carriers.add(vrid, alive.has(vrid) ? 'owner' : idle)
      }
      await this.#start(pair)
    }
  }

  has(number: number): boolean {
    return this.#running.has(number)
  }

  /** @throws Error in a sentence */
  require(number: number): void {
    if (!this.has(number)) throw new Error(`This host is not in a pair ${number}.`)
  }

  /** The carriers of all pairs. */
  carriers(): LocalCarrier[] {
    return [...this.#running.values()].flatMap(({ pair }) => carriersOf(pair))
  }

  events(): PeerEvent[] {
    return [...this.#heard].map(([pair, heard]) => ({ event: 'peer', pair, heard }))
  }

  async set(pair: LocalPair): Promise<void> {
    const running = this.#running.get(pair.number)
    if (running && isSamePair(running.pair, pair)) return
    // keepalived sends priority 0 as it ends. The fence has to know its addresses until then.
    await running?.stop()
    this.#running.delete(pair.number)
    await this.#parts.fence.setCarriers([...this.carriers(), ...carriersOf(pair)])
    for (const { vrid } of carriersOf(pair)) this.#parts.carriers.add(vrid, 'fault')
    await this.#start(pair)
  }

  async remove(number: number): Promise<void> {
    const running = this.#running.get(number)
    if (!running) return
    await running.stop()
    this.#running.delete(number)
    for (const { vrid } of carriersOf(running.pair)) this.#parts.carriers.remove(vrid)
    this.#heard.delete(number)
    this.#silentSince.delete(number)
    this.#deafPolls.delete(number)
    for (const subject of ['keepalived', 'foreign', 'firewall']) {
      this.#parts.problems.set(`${subject} ${number}`, null)
    }
    await this.#parts.fence.setCarriers(this.carriers())
  }

  async removeAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((number) => this.#running.get(number)?.stop()))
    for (const number of [...this.#running.keys()]) await this.remove(number)
  }

  /** Starts what has ended, ends what hangs, and says what is wrong. */
  maintain(adverts: AdvertState): void {
    for (const keepalived of this.#running.values()) {
      keepalived.maintain()
      if (!keepalived.isRunning) this.#onEnd(keepalived.pair)
      this.#checkSilence(keepalived)
      this.#checkForeign(keepalived.pair, adverts)
      this.#checkFirewall(keepalived.pair, adverts)
      this.#checkPeer(keepalived.pair, adverts)
    }
  }

  async #start(pair: LocalPair): Promise<void> {
    const keepalived = new Keepalived(pair, this.#parts.keepalived, () => this.#onEnd(pair))
    this.#running.set(pair.number, keepalived)
    await keepalived.start()
  }

  #onEnd(pair: LocalPair): void {
    for (const { vrid } of carriersOf(pair)) this.#parts.carriers.onEnd(vrid)
  }

  #checkSilence(keepalived: Keepalived): void {
    const { number } = keepalived.pair
    const { carriers, problems, keepalived: options } = this.#parts
    const isSilent = carriersOf(keepalived.pair).some(({ vrid }) => carriers.isSilent(vrid))
    const name = `keepalived of pair ${number}`
    if (!keepalived.isRunning) {
      const { log } = options.files.pair(number)
      problems.set(`keepalived ${number}`, `${name} doesn't run. Its log is ${log}.`)
    } else if (isSilent) problems.set(`keepalived ${number}`, `${name} sends no adverts.`)
    else problems.set(`keepalived ${number}`, null)
    if (!isSilent) {
      this.#silentSince.delete(number)
      return
    }
    const since = this.#silentSince.get(number) ?? performance.now()
    this.#silentSince.set(number, since)
    if (performance.now() - since < HANG_MS) return
    this.#silentSince.delete(number)
    keepalived.kill()
  }

  #checkForeign(pair: LocalPair, { foreign }: AdvertState): void {
    const carrier = carriersOf(pair).find(({ vrid }) => foreign.has(vrid))
    const sentence =
      carrier &&
      `${foreign.get(carrier.vrid)} sends VRRP adverts with VRID ${carrier.vrid}, which pair ${pair.number} uses. Give that router another VRID.`
    this.#parts.problems.set(`foreign ${pair.number}`, sentence ?? null)
  }

  /** An owner that hears a higher priority gives the carrier up within an advert's time. */
  #checkFirewall(pair: LocalPair, { outranked }: AdvertState): void {
    const { carriers, problems } = this.#parts
    const isDeaf = carriersOf(pair).some(
      ({ vrid }) => outranked.has(vrid) && carriers.stateOf(vrid) === 'owner',
    )
    const polls = isDeaf ? (this.#deafPolls.get(pair.number) ?? 0) + 1 : 0
    this.#deafPolls.set(pair.number, polls)
    const sentence = `Adverts of pair ${pair.number}'s peer arrive, but keepalived doesn't get them. Let this host's firewall accept protocol 112 (VRRP) from ${pair.peer_address}.`
    problems.set(`firewall ${pair.number}`, polls > 1 ? sentence : null)
  }

  #checkPeer(pair: LocalPair, { alive, silenceMs }: AdvertState): void {
    const limit = HEARD_INTERVALS * this.#parts.keepalived.clocks.advertMs
    const heard = carriersOf(pair).some(
      ({ vrid }) => (silenceMs.get(vrid) ?? Number.POSITIVE_INFINITY) <= limit,
    )
    // The hosts are apart, and both own the carrier: neighbours get to the one that is preferred, whoever announced last.
    const isApart = !heard && this.#heard.get(pair.number) === false
    if (isApart)
      detach('takeover', () => this.#parts.carriers.reclaim(vridOf(pair.number, pair.own)))
    if (this.#heard.get(pair.number) === heard) return
    // The peer may have owned them, and neighbours may still send to it.
    const owned = carriersOf(pair).filter(({ vrid }) => alive.has(vrid))
    if (heard) for (const { vrid } of owned) this.#parts.carriers.reannounce(vrid)
    this.#heard.set(pair.number, heard)
    this.#parts.emit({ event: 'peer', pair: pair.number, heard })
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
