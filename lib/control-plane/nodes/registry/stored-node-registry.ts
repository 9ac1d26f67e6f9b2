import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { compareNames } from '#lib/core/fold-case.ts'
import type { Cluster, Region } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import { hashNodeCredential, type NodeRegistration } from '#lib/protocol/node-registration.ts'
import { Authority } from '../../authority/authority.ts'
import { timestamp } from '../../clock.ts'
import { isDiskFull } from '../../store/disk-full.ts'
import type { Store } from '../../store/store.ts'
import type { NodeRow } from '../../store/tables.ts'
import type { AuthenticatedNode, NodeRegistry } from './node-registry.ts'

/** An entry of the registry. */
type Entry = { row: NodeRow; node: RegisteredNode; revocation: AbortController }

/** The registry in the table `nodes`, with all of it in memory. */
export class StoredNodeRegistry implements NodeRegistry {
  readonly #store: Store
  readonly #log: Logger
  readonly #entries = new Map<string, Entry>()
  readonly #byName = new Map<string, Entry>()
  readonly #byCredential = new Map<string, Entry>()
  #sorted: readonly RegisteredNode[] = []
  #byCluster: ReadonlyMap<string, readonly RegisteredNode[]> = new Map()

  private constructor(store: Store, log: Logger, rows: NodeRow[]) {
    this.#store = store
    this.#log = log
    for (const row of rows) this.#remember(row)
    this.#index()
  }

  static async open(store: Store, log: Logger): Promise<StoredNodeRegistry> {
    const rows = await store.reader.selectFrom('nodes').selectAll().execute()
    return new StoredNodeRegistry(store, log, rows)
  }

  async register(nodes: readonly NodeRegistration[]): Promise<void> {
    const at = timestamp()
    await this.#write(nodes.flatMap((node) => this.#registered(node, at) ?? []))
  }

  async revoke(nodeId: string): Promise<void> {
    const row = this.#entries.get(nodeId)?.row
    if (!row || row.state === 'revoked') return
    await this.#write([{ ...row, state: 'revoked', updated_at: timestamp() }])
  }

  async noteJoined(nodeId: string, version: string): Promise<void> {
    const row = this.#entries.get(nodeId)?.row
    if (row?.state === 'joined' && row.version === version) return
    if (!row || row.state === 'revoked') return
    await this.#write([{ ...row, state: 'joined', version, updated_at: timestamp() }])
  }

  authenticate(credential: string): AuthenticatedNode | null {
    // The hash is looked up, so the time that this takes tells nothing of the credential.
    const entry = this.#byCredential.get(hashNodeCredential(credential))
    if (!entry || entry.row.state === 'revoked') return null
    return { node: entry.node, revoked: entry.revocation.signal }
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

  /** The row of a node that is registered now; null if it has nothing new. */
  #registered(node: NodeRegistration, at: string): NodeRow | null {
    const before = this.#byName.get(node.name)?.row
    if (!before) {
      return {
        ...node,
        id: randomUUID(),
        version: null,
        state: 'registered',
        created_at: at,
        updated_at: at,
      }
    }
    const isKept = before.state !== 'revoked' && before.credential_hash === node.credential_hash
    const isSame =
      isKept &&
      before.host === node.host &&
      before.region === node.region &&
      before.cluster === node.cluster
    if (isSame) return null
    return { ...before, ...node, state: isKept ? before.state : 'registered', updated_at: at }
  }

  /** A full disk must not lock nodes out, so they count from memory; the supervisor registers them again at each start. */
  async #write(rows: NodeRow[]): Promise<void> {
    if (rows.length === 0) return
    for (const row of rows) this.#remember(row)
    this.#index()
    try {
      await this.#store.transaction(Authority.system, async (writer) => {
        for (const { id, ...row } of rows) {
          await writer
            .insertInto('nodes')
            .values({ id, ...row })
            .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
            .execute()
        }
      })
    } catch (err) {
      if (!isDiskFull(err)) throw err
      this.#log.error({ err }, 'disk full: nodes not saved in the registry')
    }
  }

  #remember(row: NodeRow): void {
    const before = this.#entries.get(row.id)
    const { credential_hash, created_at: _created, updated_at: _updated, ...node } = row
    const isKept = before?.row.credential_hash === credential_hash && row.state !== 'revoked'
    if (before && !isKept) {
      this.#byCredential.delete(before.row.credential_hash)
      before.revocation.abort()
    }
    const revocation = before && isKept ? before.revocation : new AbortController()
    const entry = { row, node, revocation }
    this.#entries.set(row.id, entry)
    this.#byName.set(row.name, entry)
    this.#byCredential.set(credential_hash, entry)
  }

  #index(): void {
    const nodes = [...this.#entries.values()].map(({ node }) => node)
    this.#sorted = nodes.sort((one, other) => compareNames(one.name, other.name))
    this.#byCluster = Map.groupBy(
      this.#sorted.filter(({ state }) => state !== 'revoked'),
      clusterKey,
    )
  }
}

const clusterKey = ({ region, cluster }: { region: Region; cluster: Cluster }) =>
  `${region} ${cluster}`
