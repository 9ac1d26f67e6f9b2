import { randomUUID } from 'node:crypto'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hashNodeCredential } from '#lib/protocol/node-registration.ts'
import {
  newTestDatabase,
  openStoreOf,
  type StoreSettings,
  type TestDatabase,
} from '#lib/testing/control-plane/test-database.ts'
import { Authority } from '../../authority/authority.ts'
import type { Writer } from '../../store/reader.ts'
import type { NodeRegistry } from './node-registry.ts'
import { registerLocalNodes } from './register-local-nodes.ts'
import { StoredNodeRegistry } from './stored-node-registry.ts'

/** An implementation with a database of its own. `reopen` simulates a restart of the control plane. */
type Opened = {
  registry: NodeRegistry
  reopen(): Promise<NodeRegistry>
  transaction<T>(work: (writer: Writer) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const IMPLEMENTATIONS: [name: string, open: (database: StoreSettings) => Promise<Opened>][] = [
  [
    'StoredNodeRegistry',
    async (database) => {
      const log = pino({ level: 'silent' })
      let store = await openStoreOf(database)
      return {
        registry: await StoredNodeRegistry.open(store, log),
        async reopen() {
          await store.close()
          store = await openStoreOf(database)
          return StoredNodeRegistry.open(store, log)
        },
        transaction: (work) => store.transaction(Authority.system, work),
        close: () => store.close(),
      }
    },
  ],
]

const registration = (name: string, credential: string, host = 'host-1') => ({
  name,
  region: 'fr-par' as const,
  cluster: name.includes('-a') ? ('a' as const) : ('b' as const),
  host,
  address: null,
  credential_hash: hashNodeCredential(credential),
})
const A = registration('fr-par-a', 'secret-a')
const B = registration('fr-par-b', 'secret-b')

/** A node of another machine, but for its name and id. */
const JOINING = {
  region: 'fr-par' as const,
  cluster: 'b' as const,
  host: 'host-2',
  address: '10.0.0.2',
  version: '1.0.0',
  certificate_expires_at: '2030-01-01T00:00:00.000Z',
}

describe.each(IMPLEMENTATIONS)('%s', (_name, open) => {
  let database: TestDatabase
  let opened: Opened
  let registry: NodeRegistry

  beforeEach(async () => {
    database = await newTestDatabase()
    opened = await open(database.settings)
    registry = opened.registry
  })
  afterEach(async () => {
    await opened.close()
    await database.remove()
  })

  const idOf = (name: string) => registry.find(name)?.id ?? ''
  const nameFor = (credential: string) => registry.authenticate(credential)?.node.name ?? null

  test('each credential authenticates its own node', async () => {
    await registry.register([A, B])
    expect([nameFor('secret-a'), nameFor('secret-b')]).toEqual(['fr-par-a', 'fr-par-b'])
    expect([nameFor('secret'), nameFor(''), nameFor(A.credential_hash)]).toEqual([null, null, null])
  })

  test('a node has an opaque id, and is found by it, by its name and by its cluster', async () => {
    await registry.register([B, A])
    const node = registry.find('fr-par-a')
    const { credential_hash: _, ...known } = A
    const registered = { version: null, state: 'registered', certificate_expires_at: null }
    expect(node).toEqual({ ...known, id: expect.any(String), ...registered })
    expect(node?.id).toMatch(/^[0-9a-f-]{36}$/)
    expect(registry.find(idOf('fr-par-a'))).toEqual(node)
    expect(registry.find('nl-ams-a')).toBeNull()
    expect(registry.onCluster('fr-par', 'a')).toEqual([node])
    expect(registry.onCluster('nl-ams', 'a')).toEqual([])
    expect(registry.all().map(({ name }) => name)).toEqual(['fr-par-a', 'fr-par-b'])
  })

  test('a cluster can have several nodes', async () => {
    await registry.register([A, registration('fr-par-a2', 'secret-a2', 'host-2')])
    const names = registry.onCluster('fr-par', 'a').map(({ name, host }) => [name, host])
    expect(names).toEqual([
      ['fr-par-a', 'host-1'],
      ['fr-par-a2', 'host-2'],
    ])
  })

  test('a node that is registered again keeps its id, and its former credential is refused', async () => {
    await registry.register([A])
    const id = idOf('fr-par-a')
    const { revoked } = registry.authenticate('secret-a') ?? {}
    await registry.noteJoined(id, '1.0.0')
    await registry.register([registration('fr-par-a', 'new-secret', 'host-2')])
    expect(revoked?.aborted).toBe(true)
    expect([nameFor('secret-a'), nameFor('new-secret')]).toEqual([null, 'fr-par-a'])
    expect(registry.find('fr-par-a')).toMatchObject({ id, host: 'host-2', state: 'registered' })
  })

  test('a node that is registered again unchanged stays joined, and its streams stay open', async () => {
    await registry.register([A])
    const { revoked } = registry.authenticate('secret-a') ?? {}
    await registry.noteJoined(idOf('fr-par-a'), '1.0.0')
    await registry.register([A])
    await registry.register([{ ...A, host: 'renamed' }])
    const joined = { host: 'renamed', version: '1.0.0', state: 'joined' }
    expect(registry.authenticate('secret-a')?.node).toMatchObject(joined)
    expect(revoked?.aborted).toBe(false)
  })

  test('a revoked node is refused until it is registered again', async () => {
    await registry.register([A, B])
    const id = idOf('fr-par-a')
    const { revoked } = registry.authenticate('secret-a') ?? {}
    await registry.revoke(id)
    await registry.noteJoined(id, '1.0.0')
    expect(revoked?.aborted).toBe(true)
    expect([nameFor('secret-a'), nameFor('secret-b')]).toEqual([null, 'fr-par-b'])
    expect(registry.find('fr-par-a')).toBeNull()
    expect(registry.onCluster('fr-par', 'a')).toEqual([])
    expect(registry.all().map(({ state }) => state)).toEqual(['revoked', 'registered'])
    await registry.register([A])
    expect(registry.authenticate('secret-a')).toMatchObject({ node: { id, state: 'registered' } })
    expect(registry.authenticate('secret-a')?.revoked.aborted).toBe(false)
  })

  /** Adds a node of another machine, as a transaction that is committed. */
  async function joinNode(name: string, id: string = randomUUID()): Promise<string> {
    const node = { ...JOINING, name, id }
    const joined = await opened.transaction((writer) => registry.join(writer, node))
    joined()
    return id
  }
  const remove = async (id: string) =>
    (await opened.transaction((writer) => registry.remove(writer, id)))()
  const nameOf = (nodeId: string) => registry.authenticateCertificate(nodeId)?.node.name ?? null

  test('a joined node is authenticated by the id in its certificate, and a local one is not', async () => {
    await registry.register([A])
    const id = await joinNode('lb-1')
    expect([nameOf(id), nameOf('lb-1'), nameOf(idOf('fr-par-a'))]).toEqual(['lb-1', null, null])
    expect(registry.find('lb-1')).toEqual({ ...JOINING, name: 'lb-1', id, state: 'registered' })
    expect(registry.onCluster('fr-par', 'b').map(({ name }) => name)).toEqual(['lb-1'])
    await registry.noteJoined(id, '2.0.0')
    expect(registry.find(id)).toMatchObject({ state: 'joined', version: '2.0.0' })
  })

  test('a joined node counts once its transaction is committed', async () => {
    const node = { ...JOINING, name: 'lb-1', id: randomUUID() }
    const rolledBack = opened.transaction(async (writer) => {
      await registry.join(writer, node)
      throw new Error('rolled back')
    })
    await expect(rolledBack).rejects.toThrow('rolled back')
    expect(nameOf(node.id)).toBeNull()
    expect(await joinNode('lb-1')).not.toBe(node.id)
    await expect(joinNode('lb-1')).rejects.toThrow('There is a node lb-1')
  })

  test('a joined node stays when the nodes of this machine are registered, also under its name', async () => {
    const id = await joinNode('lb-1')
    const { revoked } = registry.authenticateCertificate(id) ?? {}
    await registerLocalNodes(registry, [A, B])
    await registerLocalNodes(registry, [B, registration('lb-1', 'credential of another')])
    expect([nameOf(id), revoked?.aborted]).toEqual(['lb-1', false])
    expect(nameFor('credential of another')).toBeNull()
    expect([registry.find('fr-par-a'), nameFor('secret-b')]).toEqual([null, 'fr-par-b'])
  })

  test('a removed node is forgotten for good, and its streams end', async () => {
    const id = await joinNode('lb-1')
    const { revoked } = registry.authenticateCertificate(id) ?? {}
    await remove(id)
    await registry.noteJoined(id, '1.0.0')
    await registry.noteCertificate(id, JOINING.certificate_expires_at)
    expect([nameOf(id), revoked?.aborted, registry.all()]).toEqual([null, true, []])
    const again = await joinNode('lb-1')
    registry = await opened.reopen()
    expect([nameOf(id), nameOf(again)]).toEqual([null, 'lb-1'])
  })

  test('a joined node takes over the name of a revoked one', async () => {
    await registry.register([registration('lb-1', 'secret')])
    await registry.revoke(idOf('lb-1'))
    const id = await joinNode('lb-1')
    registry = await opened.reopen()
    expect(registry.all().map((node) => node.id)).toEqual([id])
    expect(nameFor('secret')).toBeNull()
  })

  test('a renewed certificate is noted, and streams stay open', async () => {
    const id = await joinNode('lb-1')
    const { revoked } = registry.authenticateCertificate(id) ?? {}
    const certificate_expires_at = '2030-01-08T00:00:00.000Z'
    await registry.noteCertificate(id, certificate_expires_at)
    expect(revoked?.aborted).toBe(false)
    registry = await opened.reopen()
    expect(registry.find(id)).toMatchObject({ certificate_expires_at })
  })

  test('when a node was last seen is known at once, and saved when the registry stops', async () => {
    await registry.register([A])
    const id = idOf('fr-par-a')
    expect(registry.lastSeen(id)).toBeNull()
    registry.noteSeen(id)
    registry.noteSeen(randomUUID())
    const seen = registry.lastSeen(id)
    expect(seen).toMatch(/^\d{4}-.*Z$/)
    await registry.stop()
    // What is registered with something new keeps it.
    await registry.register([{ ...A, host: 'renamed' }])
    registry = await opened.reopen()
    expect(registry.lastSeen(id)).toBe(seen)
  })

  test('the registry survives a restart', async () => {
    await registry.register([A, B])
    await registry.noteJoined(idOf('fr-par-a'), '1.0.0')
    await registry.revoke(idOf('fr-par-b'))
    const before = registry.all()
    registry = await opened.reopen()
    expect(registry.all()).toEqual(before)
    expect([nameFor('secret-a'), nameFor('secret-b')]).toEqual(['fr-par-a', null])
  })

  test('a registry from an older database refuses no node that the supervisor runs', async () => {
    await registry.register([registration('fr-par-a', 'old-secret'), registration('fr-par-c', 'c')])
    registry = await opened.reopen()
    await registerLocalNodes(registry, [A, B])
    expect([nameFor('secret-a'), nameFor('secret-b')]).toEqual(['fr-par-a', 'fr-par-b'])
    expect([nameFor('old-secret'), nameFor('c')]).toEqual([null, null])
  })
})
