import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'
import { VERSION } from '#lib/process/version.ts'
import { Authority } from '../authority/authority.ts'
import { timestamp } from '../clock.ts'
import { isReadOnly } from '../store/disk-full.ts'
import type { Store } from '../store/store.ts'
import type { ReplicaRow } from '../store/tables.ts'
import { Silence } from './silence.ts'

/** How often the table is read, where several control planes share it. Milliseconds. */
const READ_EVERY_MS = 2000
/** How often a control plane renews its own row. Milliseconds. */
const RENEW_EVERY_MS = 5000

type Parts = {
  store: Store
  /** Called with the addresses of the node listeners of all replicas when there are others than before. */
  onChange: (addresses: string[]) => void
  log: Logger
}

/** Where a control plane listens: `10.0.0.1:3001`, and for nodes `10.0.0.1:3443` or null. */
export type ReplicaAddresses = { api: string; nodes: string | null }

/** A row, and whether its control plane writes to the database. */
export type KnownReplica = ReplicaRow & { isGone: boolean; isSelf: boolean }

/**
 * The control planes of the installation, in the table `replicas`: this one keeps its row there, and knows the others. With a database
 * file it is alone, and only writes its row.
 */
export class Replicas {
  /** Of this control plane, for the name of the leader too. */
  readonly id = randomUUID()
  readonly #parts: Parts
  readonly #startedAt = timestamp()
  readonly #silence = new Silence()
  /** Of this process; null before `open`. */
  #own: ReplicaAddresses | null = null
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

  /** This process listens at these addresses. */
  async open(own: ReplicaAddresses): Promise<void> {
    const { store } = this.#parts
    this.#own = own
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

  /** All that the database has, and this one, by host and address. */
  async list(): Promise<KnownReplica[]> {
    const { store } = this.#parts
    const others = await store.reader.selectFrom('replicas').selectAll().execute()
    const stored = others.filter(({ id }) => id !== this.id)
    this.#silence.note(stored)
    const own = this.#own && { ...this.#row(this.#own), id: this.id, isGone: false, isSelf: true }
    const known = stored.map((row) => ({
      ...row,
      isGone: this.#silence.isGone(row),
      isSelf: false,
    }))
    const key = ({ host, api_address: address }: ReplicaRow) => `${host} ${address}`
    return [...known, ...(own ? [own] : [])].sort((a, b) => (key(a) < key(b) ? -1 : 1))
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

  #row(own: ReplicaAddresses): Omit<ReplicaRow, 'id'> {
    return {
      host: hostname(),
      api_address: own.api,
      address: own.nodes,
      version: VERSION,
      started_at: this.#startedAt,
      last_seen_at: timestamp(),
    }
  }

  async #renew(): Promise<void> {
    const now = performance.now()
    const own = this.#own
    if (own === null || (this.#renewedAt > 0 && now - this.#renewedAt < RENEW_EVERY_MS)) return
    const { store } = this.#parts
    const row = this.#row(own)
    await store.transaction(Authority.system, async (writer) => {
      // What this process was before its restart, and every other one if it has the database for itself.
      const former = writer.deleteFrom('replicas').where('id', '!=', this.id)
      if (!store.isShared) await former.execute()
      else {
        await former.where('host', '=', row.host).where('api_address', '=', own.api).execute()
        if (own.nodes !== null) await former.where('address', '=', own.nodes).execute()
      }
      await writer
        .insertInto('replicas')
        .values({ id: this.id, ...row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute()
    })
    this.#renewedAt = now
  }

  async #read(): Promise<void> {
    const { store, onChange } = this.#parts
    if (!store.isShared) return
    const rows = await store.reader.selectFrom('replicas').selectAll().execute()
    this.#silence.note(rows)
    const addresses = [...new Set(rows.flatMap(({ address }) => address ?? []))].sort()
    // An older copy of the database may lack this process.
    if (this.#own !== null && !rows.some(({ id }) => id === this.id)) this.#renewedAt = 0
    if (addresses.length === 0 || addresses.join() === this.#addresses.join()) return
    this.#addresses = addresses
    onChange(addresses)
  }
}
