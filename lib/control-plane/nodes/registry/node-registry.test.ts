import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hashNodeCredential } from '#lib/protocol/node-registration.ts'
import { Store } from '../../store/store.ts'
import type { NodeRegistry } from './node-registry.ts'
import { registerLocalNodes } from './register-local-nodes.ts'
import { StoredNodeRegistry } from './stored-node-registry.ts'

/** An implementation with a database of its own. `reopen` simulates a restart of the control plane. */
type Opened = { registry: NodeRegistry; reopen(): Promise<NodeRegistry>; close(): Promise<void> }

const IMPLEMENTATIONS: [name: string, open: (directory: string) => Promise<Opened>][] = [
  [
    'StoredNodeRegistry on SQLite',
    async (directory) => {
      const log = pino({ level: 'silent' })
      let store = await Store.open(join(directory, 'fairlead.db'))
      return {
        registry: await StoredNodeRegistry.open(store, log),
        async reopen() {
          await store.close()
          store = await Store.open(join(directory, 'fairlead.db'))
          return StoredNodeRegistry.open(store, log)
        },
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
  credential_hash: hashNodeCredential(credential),
})
const A = registration('fr-par-a', 'secret-a')
const B = registration('fr-par-b', 'secret-b')

describe.each(IMPLEMENTATIONS)('%s', (_name, open) => {
  let directory: string
  let opened: Opened
  let registry: NodeRegistry

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'fairlead-registry-'))
    opened = await open(directory)
    registry = opened.registry
  })
  afterEach(async () => {
    await opened.close()
    rmSync(directory, { recursive: true })
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
    expect(node).toEqual({ ...known, id: expect.any(String), version: null, state: 'registered' })
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
