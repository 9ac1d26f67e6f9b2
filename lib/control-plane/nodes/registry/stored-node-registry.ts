import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { compareNames } from '#lib/core/fold-case.ts'
import type { Cluster, Region } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import { forEachContained } from '#lib/process/faults.ts'
import { hashNodeCredential, type NodeRegistration } from '#lib/protocol/node-registration.ts'
import { Authority } from '../../authority/authority.ts'
import { timestamp } from '../../clock.ts'
import { type CachedTable, rereadRows } from '../../store/caches.ts'
import { isReadOnly } from '../../store/disk-full.ts'
import type { Reader, Writer } from '../../store/reader.ts'
import { Signal } from '../../store/signal.ts'
import type { Store } from '../../store/store.ts'
import type { NodeRow } from '../../store/tables.ts'
import { LastSeen } from './last-seen.ts'
import {
  type AuthenticatedNode,
  isJoined,
  type JoiningNode,
  type NodeRegistry,
} from './node-registry.ts'

/** `last_seen_at` is in `LastSeen`. */
type Row = Omit<NodeRow, 'last_seen_at'>

/** An entry of the registry. */
type Entry = { row: Row; node: RegisteredNode; revocation: AbortController }

/** The registry in the table `nodes`, with all of it in memory. */
export class StoredNodeRegistry implements NodeRegistry {
  readonly changed = new Signal()
  readonly #store: Store
  readonly #log: Logger
  readonly #entries = new Map<string, Entry>()
  readonly #rows = new Map<string, Row>()
  readonly #byName = new Map<string, Entry>()
  readonly #byCredential = new Map<string, Entry>()
  readonly #lastSeen: LastSeen
  readonly #removedListeners = new Set<(nodeId: string) => void>()
  #sorted: readonly RegisteredNode[] = []
  #byCluster: ReadonlyMap<string, readonly RegisteredNode[]> = new Map()

  private constructor(store: Store, log: Logger, rows: NodeRow[]) {
    this.#store = store
    this.#log = log
    const seen = rows.flatMap(({ id, last_seen_at: at }) => (at ? [[id, at] as const] : []))
    this.#lastSeen = new LastSeen(store, log, new Map(seen))
    for (const { last_seen_at: _, ...row } of rows) this.#remember(row)
    this.#index()
  }

  static async open(store: Store, log: Logger): Promise<StoredNodeRegistry> {
    const rows = await store.reader.selectFrom('nodes').selectAll().execute()
    return new StoredNodeRegistry(store, log, rows)
  }

  /** What follows the changes of other processes. */
  readonly cache: CachedTable = {
    table: 'nodes',
    reread: (reader, keys) =>
      rereadRows(
        keys,
        this.#rows,
        (ids) => this.#read(reader, ids),
        (rows) => this.#replace(rows),
      ),
    written: () => {},
  }

  async #read(reader: Reader, ids: string[] | null): Promise<Map<string, Row>> {
    const all = reader.selectFrom('nodes').selectAll()
    const rows = await (ids ? all.where('id', 'in', ids) : all).execute()
    return new Map(
      rows.map(({ last_seen_at: at, ...row }) => {
        if (at !== null) this.#lastSeen.learn(row.id, at)
        return [row.id, row]
      }),
    )
  }

  #replace(rows: ReadonlyMap<string, Row | null>): void {
    // Another node may have the name of one that was removed.
    const removed = [...rows.keys()].filter((id) => !rows.get(id))
    for (const id of removed) this.#forget(id)
    for (const row of rows.values()) if (row) this.#remember(row)
    this.#index()
    for (const id of removed) this.#notifyRemoved(id)
  }

  subscribeRemoved(listener: (nodeId: string) => void): () => void {
    this.#removedListeners.add(listener)
    return () => this.#removedListeners.delete(listener)
  }

  async register(nodes: readonly NodeRegistration[]): Promise<void> {
    const at = timestamp()
    const rows = nodes.flatMap((node) => this.#registered(node, at) ?? [])
    await this.#commit(rows, async (writer) => {
      for (const row of rows) await upsert(writer, row)
    })
  }

  async revoke(nodeId: string): Promise<void> {
    const row = this.#entries.get(nodeId)?.row
    if (!row || row.state === 'revoked') return
    await this.#update(row, { state: 'revoked', updated_at: timestamp() })
  }

  async join(writer: Writer, node: JoiningNode): Promise<() => void> {
    const query = writer.selectFrom('nodes').select(['id', 'state']).where('name', '=', node.name)
    const former = await query.executeTakeFirst()
    if (former && former.state !== 'revoked') throw new Error(`There is a node ${node.name}`)
    const at = timestamp()
    const row: Row = {
      ...node,
      state: 'registered',
      credential_hash: null,
      created_at: at,
      updated_at: at,
    }
    if (former) await writer.deleteFrom('nodes').where('id', '=', former.id).execute()
    await writer
      .insertInto('nodes')
      .values({ ...row, last_seen_at: null })
      .execute()
    return () => {
      if (former) this.#forget(former.id)
      this.#remember(row)
      this.#index()
      if (former) this.#notifyRemoved(former.id)
      this.cache.written([row.id])
    }
  }

  async remove(writer: Writer, nodeId: string): Promise<() => void> {
    await writer.deleteFrom('nodes').where('id', '=', nodeId).execute()
    return () => {
      this.#forget(nodeId)
      this.#index()
      this.#notifyRemoved(nodeId)
      this.cache.written([nodeId])
    }
  }

  async changeAddress(writer: Writer, nodeId: string, address: string): Promise<() => void> {
    const changed = { address, updated_at: timestamp() }
    await writer.updateTable('nodes').set(changed).where('id', '=', nodeId).execute()
    return () => {
      const row = this.#entries.get(nodeId)?.row
      if (!row) return
      this.#remember({ ...row, ...changed })
      this.#index()
      this.cache.written([nodeId])
    }
  }

  async noteCertificate(nodeId: string, expiresAt: string): Promise<void> {
    const row = this.#entries.get(nodeId)?.row
    if (!row || row.state === 'revoked') return
    await this.#update(row, { certificate_expires_at: expiresAt, updated_at: timestamp() })
  }

  async noteJoined(nodeId: string, version: string): Promise<void> {
    const row = this.#entries.get(nodeId)?.row
    if (row?.state === 'joined' && row.version === version) return
    if (!row || row.state === 'revoked') return
    await this.#update(row, { state: 'joined', version, updated_at: timestamp() })
  }

  noteSeen(nodeId: string): void {
    if (this.#entries.has(nodeId)) this.#lastSeen.note(nodeId)
  }

  lastSeen(nodeId: string): string | null {
    return this.#lastSeen.of(nodeId)
  }

  authenticate(credential: string): AuthenticatedNode | null {
    // The hash is looked up, so the time that this takes tells nothing of the credential.
    return authenticated(this.#byCredential.get(hashNodeCredential(credential)))
  }

  authenticateCertificate(nodeId: string): AuthenticatedNode | null {
    const entry = this.#entries.get(nodeId)
    return entry && isJoined(entry.row) ? authenticated(entry) : null
  }

  all(): readonly RegisteredNode[] {
    return this.#sorted
  }

  find(key: string): RegisteredNode | null {
    const { node } = this.#byName.get(key) ?? this.#entries.get(key) ?? {}
    return node && node.state !== 'revoked' ? node : null
  }

  onCluster(region: Region, cluster: Cluster): readonly RegisteredNode[] {
    return this.#byCluster.get(clusterKey({ region, cluster })) ?? []
  }

  async stop(): Promise<void> {
    await this.#lastSeen.stop()
  }

  /** The row of a node that is registered now; null if it has nothing new. */
  #registered(node: NodeRegistration, at: string): Row | null {
    const before = this.#byName.get(node.name)?.row
    if (before && isJoined(before)) {
      this.#log.error({ node: node.name }, 'not registered: a node that joined has this name')
      return null
    }
    if (!before) {
      return {
        ...node,
        id: randomUUID(),
        version: null,
        state: 'registered',
        certificate_expires_at: null,
        created_at: at,
        updated_at: at,
      }
    }
    const isKept = before.state !== 'revoked' && before.credential_hash === node.credential_hash
    const isSame =
      isKept &&
      before.host === node.host &&
      before.address === node.address &&
      before.region === node.region &&
      before.cluster === node.cluster
    if (isSame) return null
    return { ...before, ...node, state: isKept ? before.state : 'registered', updated_at: at }
  }

  /** Writes only what changes: another process may have changed the rest of the row, or removed the node. */
  #update(row: Row, changed: Partial<Row>): Promise<void> {
    return this.#commit([{ ...row, ...changed }], async (writer) => {
      await writer.updateTable('nodes').set(changed).where('id', '=', row.id).execute()
    })
  }

  /** A full disk or a read-only database must not lock nodes out, so they count from memory; the supervisor registers them again at each start. */
  async #commit(rows: Row[], write: (writer: Writer) => Promise<void>): Promise<void> {
    if (rows.length === 0) return
    for (const row of rows) this.#remember(row)
    this.#index()
    try {
      await this.#store.transaction(Authority.system, write)
    } catch (err) {
      if (!isReadOnly(err)) throw err
      this.#log.error({ err }, 'the database is read-only: nodes not saved in the registry')
      return
    }
    if (this.#store.isShared) {
      // Meanwhile they may have been read again as they were before the commit.
      for (const row of rows) this.#remember({ ...row })
      this.#index()
    }
    this.cache.written(rows.map(({ id }) => id))
  }

  #remember(row: Row): void {
    const before = this.#entries.get(row.id)
    const { credential_hash: hash, created_at: _created, updated_at: _updated, ...node } = row
    const isKept = before?.row.credential_hash === hash && row.state !== 'revoked'
    if (before && !isKept) {
      this.#byCredential.delete(before.row.credential_hash ?? '')
      before.revocation.abort()
    }
    const revocation = before && isKept ? before.revocation : new AbortController()
    const entry = { row, node, revocation }
    this.#entries.set(row.id, entry)
    this.#rows.set(row.id, row)
    this.#byName.set(row.name, entry)
    if (hash !== null) this.#byCredential.set(hash, entry)
  }

  #forget(nodeId: string): void {
    const entry = this.#entries.get(nodeId)
    if (!entry) return
    this.#entries.delete(nodeId)
    this.#rows.delete(nodeId)
    this.#byName.delete(entry.row.name)
    this.#byCredential.delete(entry.row.credential_hash ?? '')
    this.#lastSeen.forget(nodeId)
    entry.revocation.abort()
  }

  /** After the index, so that listeners don't find the node any more. */
  #notifyRemoved(nodeId: string): void {
    forEachContained('configuration', this.#removedListeners, (listener) => listener(nodeId))
  }

  #index(): void {
    const nodes = [...this.#entries.values()].map(({ node }) => node)
    this.#sorted = nodes.sort((one, other) => compareNames(one.name, other.name))
    this.#byCluster = Map.groupBy(
      this.#sorted.filter(({ state }) => state !== 'revoked'),
      clusterKey,
    )
    this.changed.notify()
  }
}

async function upsert(writer: Writer, { id, ...row }: Row): Promise<void> {
  await writer
    .insertInto('nodes')
    .values({ id, ...row, last_seen_at: null })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute()
}

function authenticated(entry: Entry | undefined): AuthenticatedNode | null {
  if (!entry || entry.row.state === 'revoked') return null
  return { node: entry.node, revoked: entry.revocation.signal }
}

const clusterKey = ({ region, cluster }: Pick<RegisteredNode, 'region' | 'cluster'>) =>
  `${region} ${cluster}`
