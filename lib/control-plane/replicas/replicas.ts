import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'
import { VERSION } from '#lib/process/version.ts'
import { Authority } from '../authority/authority.ts'
import { timestamp } from '../clock.ts'
import { isReadOnly } from '../store/disk-full.ts'
import type { Store } from '../store/store.ts'

/** How often the table is read, where several control planes share it. Milliseconds. */
const READ_EVERY_MS = 2000
/** How often a control plane renews its own row. Milliseconds. */
const RENEW_EVERY_MS = 30_000

type Parts = {
  store: Store
  /** Called with the addresses of all replicas when there are others than before. */
  onChange: (addresses: string[]) => void
  log: Logger
}

/**
 * The control planes of the installation that have a node listener, in the table `replicas`: this one keeps its row there, and knows the
 * others. With a database file it is alone, and only writes its row.
 */
export class Replicas {
  readonly #parts: Parts
  readonly #id = randomUUID()
  /** Of this process; null before `open`. */
  #address: string | null = null
  #addresses: string[] = []
  #renewedAt = 0
  #timer: NodeJS.Timeout | null = null
  #maintenance: Promise<void> | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Where hosts connect, sorted; empty for a control plane that is alone because of its database file. */
  get addresses(): readonly string[] {
    return this.#addresses
  }

  /** This process listens for nodes. @param address where they connect: `10.0.0.1:3443` */
  async open(address: string): Promise<void> {
    const { store } = this.#parts
    this.#address = address
    await this.#maintain()
    if (!store.isShared) return
    const due = contain('maintenance', () => {
      detach('maintenance', () => this.#maintain())
    })
    this.#timer = setInterval(due, READ_EVERY_MS).unref()
  }

  /** Hosts keep the address, because most control planes that stop start again. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
    await this.#maintenance
  }

  /** One at a time, also if the database is slow. */
  #maintain(): Promise<void> {
    this.#maintenance ??= this.#renewAndRead()
    return this.#maintenance
  }

  async #renewAndRead(): Promise<void> {
    try {
      await this.#renew()
      await this.#read()
    } catch (err) {
      // Hosts keep the list that they have.
      const level = isReadOnly(err) ? 'warn' : 'error'
      this.#parts.log[level]({ err }, 'the list of control planes could not be kept')
    } finally {
      this.#maintenance = null
    }
  }

  async #renew(): Promise<void> {
    const now = performance.now()
    const address = this.#address
    if (address === null || (this.#renewedAt > 0 && now - this.#renewedAt < RENEW_EVERY_MS)) return
    const { store } = this.#parts
    const row = { address, version: VERSION, last_seen_at: timestamp() }
    await store.transaction(Authority.system, async (writer) => {
      // What this process was before its restart, and every other one if it has the database for itself.
      const former = writer.deleteFrom('replicas').where('id', '!=', this.#id)
      await (store.isShared ? former.where('address', '=', address) : former).execute()
      await writer
        .insertInto('replicas')
        .values({ id: this.#id, ...row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute()
    })
    this.#renewedAt = now
  }

  async #read(): Promise<void> {
    const { store, onChange } = this.#parts
    if (!store.isShared) return
    const rows = await store.reader.selectFrom('replicas').select('address').distinct().execute()
    const addresses = rows.map(({ address }) => address).sort()
    // An older copy of the database may lack this process.
    if (this.#address !== null && !addresses.includes(this.#address)) this.#renewedAt = 0
    if (addresses.length === 0 || addresses.join() === this.#addresses.join()) return
    this.#addresses = addresses
    onChange(addresses)
  }
}
