import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { addHostNodes, hostNode } from '#lib/testing/control-plane/host-nodes.ts'
import { lbRow, openStore } from '#lib/testing/control-plane/store-fixtures.ts'
import { credentialOf } from '#lib/testing/control-plane/test-nodes.ts'
import { connectPostgres, databaseOn, runSql } from '#lib/testing/control-plane/test-postgres.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Authority } from '../authority/authority.ts'
import { ElectedTerm } from '../leadership/elected-term.ts'
import { startRowLogPruning } from '../leadership/row-log-pruning.ts'
import { soleTerm } from '../leadership/start-leadership.ts'
import { placedLbs } from '../nodes/placed-lbs.ts'
import { StoredNodeRegistry } from '../nodes/registry/stored-node-registry.ts'
import { Placements, SETTLED } from '../placement/placements.ts'
import { Caches } from './caches.ts'
import type { Writer } from './reader.ts'
import { pruneRowLog } from './row-log.ts'
import { Signal } from './signal.ts'

const log = pino({ level: 'silent' })

/** What a control plane keeps in memory. @param isLagging whether it follows no changes */
async function openReplica(server: ServerProgram, isLagging = false) {
  const store = await openStore(connectPostgres(databaseOn(server)))
  const caches = await Caches.open(store)
  const registry = await StoredNodeRegistry.open(store, log)
  const placements = await Placements.open(store, registry, false)
  const commits = new Signal()
  const stopSharing = store.shareCommits(commits)
  const followed = [registry.cache, ...placements.caches]
  const unfollow = isLagging ? async () => {} : caches.follow(commits, followed)
  const write = async <T>(work: (writer: Writer) => Promise<T>) => {
    const result = await store.transaction(Authority.system, work)
    commits.notify()
    return result
  }
  const stop = async () => {
    await registry.stop()
    await unfollow()
    await stopSharing()
    await store.close()
  }
  return { store, caches, registry, placements, commits, write, stop }
}

describe.skipIf(missingPrograms('postgres'))('what two control planes have in memory', () => {
  let server: ServerProgram
  let one: Awaited<ReturnType<typeof openReplica>>
  let other: typeof one
  const placement = (lb_id: string, pair: number) => ({
    ...{ lb_id, region: 'fr-par' as const, pair, carrier: 'a' as const, carrier_epoch: 1 },
    ...SETTLED,
  })

  beforeAll(async () => {
    server = await startPostgres('127.0.0.1', await freePort())
  })
  beforeEach(async () => {
    one = await openReplica(server)
    other = await openReplica(server)
    await addHostNodes(one.store, [hostNode('a1'), hostNode('b1')])
    one.commits.notify()
    await Promise.all([one, other].map(({ caches }) => caches.refresh()))
  })
  afterEach(async () => {
    await one.write(async (writer) => {
      await writer.deleteFrom('nodes').execute()
      await writer.deleteFrom('lbs').execute()
    })
    await Promise.all([one.stop(), other.stop()])
  })
  afterAll(() => server.remove())

  test('is what either of them writes, within a signal', async () => {
    expect(other.registry.find('fr-par-a1')).toMatchObject({ id: 'id-of-a1' })
    await one.placements.pairs.ensure(Authority.system)
    const [pair] = one.placements.pairs.all()
    expect(pair).toMatchObject({ a: 'id-of-a1', b: 'id-of-b1' })
    const placed: string[] = []
    other.placements.subscribe((lbIds) => placed.push(...lbIds))
    await one.write((writer) => writer.insertInto('lbs').values(lbRow('shop')).execute())
    await one.placements.save([placement('shop', pair?.number ?? 0)], Authority.system)
    one.commits.notify()
    await waitFor('the placement', () => other.placements.get('shop'))
    expect(other.placements.get('shop')).toEqual(one.placements.get('shop'))
    expect(other.placements.pairs.all()).toEqual(one.placements.pairs.all())
    expect(placed).toEqual(['shop'])
    await one.write((writer) => one.placements.writeDraining(writer, 'id-of-a1', true))
    await waitFor('the drain', () => other.placements.isDraining('id-of-a1'))
    const forgotten: string[] = []
    other.placements.subscribeForgotten((lbIds) => forgotten.push(...lbIds))
    await one.write((writer) => writer.deleteFrom('lbs').execute())
    await waitFor('the deletion', () => other.placements.get('shop') === null)
    expect(forgotten).toEqual(['shop'])
  })

  test('has a node revoked whose row is read again before the commit', async () => {
    const { store, registry } = one
    const credential = credentialOf('fr-par-a1')
    expect(registry.authenticate(credential)).not.toBeNull()
    const held = Promise.withResolvers<void>()
    const holding = store.transaction(Authority.system, () => held.promise)
    const revoking = registry.revoke('id-of-a1')
    const replace = await registry.cache.reread(store.reader, new Set(['id-of-a1']))
    replace()
    held.resolve()
    await Promise.all([holding, revoking])
    expect(registry.authenticate(credential)).toBeNull()
  })

  test('ends the streams of a node that the other one removes', async () => {
    const node = other.registry.authenticateCertificate('id-of-a1')
    expect(node?.revoked.aborted).toBe(false)
    let changes = 0
    other.registry.changed.subscribe(() => {
      changes += 1
    })
    const removed = await one.write((writer) => one.registry.remove(writer, 'id-of-a1'))
    removed()
    await waitFor('the revocation', () => node?.revoked.aborted)
    expect(other.registry.find('fr-par-a1')).toBeNull()
    expect(changes).toBe(1)
    await other.placements.pairs.ensure(Authority.system)
    expect(other.placements.pairs.all()).toEqual([])
  })

  test('keeps what the other one changed in the same row', async () => {
    const changed = await one.write((writer) =>
      one.registry.changeAddress(writer, 'id-of-a1', '10.99.0.77'),
    )
    changed()
    // Whether or not it has seen the new address.
    await other.registry.noteJoined('id-of-a1', '9.9.9')
    other.commits.notify()
    const both = { version: '9.9.9', address: '10.99.0.77' }
    for (const { registry } of [one, other]) {
      await expect.poll(() => registry.find('id-of-a1')).toMatchObject(both)
    }
  })

  test('gives pairs their numbers once', async () => {
    await addHostNodes(one.store, [hostNode('a2'), hostNode('b2')])
    await Promise.all([one.caches.refresh(), other.caches.refresh()])
    await Promise.all(
      [one, other].map(({ placements }) => placements.pairs.ensure(Authority.system)),
    )
    const rows = await one.store.reader.selectFrom('node_pairs').selectAll().execute()
    expect(rows.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4])
    await Promise.all([one.caches.refresh(), other.caches.refresh()])
    const pairsOf = ({ placements }: typeof one) =>
      placements.pairs.all().toSorted((first, second) => first.number - second.number)
    expect(pairsOf(other)).toEqual(pairsOf(one))
  })

  test('says nothing to a node while it is older than what the database has', async () => {
    await one.placements.pairs.ensure(Authority.system)
    const number = one.placements.pairs.all()[0]?.number ?? 0
    await one.write((writer) => writer.insertInto('lbs').values(lbRow('shop')).execute())
    await one.placements.save([placement('shop', number)], Authority.system)
    const lagging = await openReplica(server, true)
    const node = one.registry.find('id-of-a1')
    if (!node) throw new Error('no node')
    const read = ({ store, placements }: typeof one) =>
      store.snapshot((reader) => placedLbs(reader, { store, placements, node }, ['shop']))
    const known = { placed: new Set(['shop']), unsettled: new Set() }
    expect(await read(lagging)).toMatchObject(known)
    const changes: Record<string, () => Promise<unknown>> = {
      'the address of the pair’s other host': async () => {
        const changed = (writer: Writer) =>
          one.registry.changeAddress(writer, 'id-of-b1', '10.99.0.77')
        ;(await one.write(changed))()
      },
      'the carrier': () =>
        one.placements.update(['shop'], () => ({ carrier_epoch: 2 }), Authority.system),
    }
    for (const [name, change] of Object.entries(changes)) {
      const replica = await openReplica(server, true)
      await change()
      expect([name, await read(one)]).toMatchObject([name, known])
      expect([name, await read(replica)]).toMatchObject([
        name,
        { placed: new Set(), unsettled: new Set(['shop']) },
      ])
      await replica.stop()
    }
    await lagging.stop()
  })

  test('changes the rows that the database has, not those in memory', async () => {
    await one.placements.pairs.ensure(Authority.system)
    const number = one.placements.pairs.all()[0]?.number ?? 0
    await one.write((writer) => writer.insertInto('lbs').values(lbRow('shop')).execute())
    await one.placements.save([placement('shop', number)], Authority.system)
    await other.caches.refresh()
    const increment = ({ placements }: typeof one) =>
      placements.update(
        ['shop'],
        (row) => ({ carrier_epoch: row.carrier_epoch + 1 }),
        Authority.system,
      )
    await Promise.all(Array.from({ length: 10 }, () => [increment(one), increment(other)]).flat())
    await Promise.all([one.caches.refresh(), other.caches.refresh()])
    expect(one.placements.get('shop')?.carrier_epoch).toBe(21)
    expect(other.placements.get('shop')?.carrier_epoch).toBe(21)
  })

  test('is read again from the tables behind the horizon of the row log', async () => {
    const caches = await Caches.open(one.store)
    const placements = await Placements.open(one.store, one.registry, false)
    const stop = caches.follow(new Signal(), placements.caches)
    await caches.refresh()
    await one.write((writer) => one.placements.writeDraining(writer, 'id-of-a1', true))
    await one.write((writer) => pruneRowLog(writer, -1000))
    expect(placements.isDraining('id-of-a1')).toBe(false)
    await caches.refresh()
    expect(placements.isDraining('id-of-a1')).toBe(true)
    await stop()
  })

  test('the leader prunes the row log, and a former leader does not', async () => {
    const lines = async () =>
      (await one.store.reader.selectFrom('row_log').select('id').execute()).length
    const stopFormer = startRowLogPruning({ store: one.store, log }, new ElectedTerm('former'), {
      keptMs: -1000,
    })
    await one.store.transaction(Authority.system, async () => {})
    expect(await lines()).toBeGreaterThan(0)
    const { term } = soleTerm()
    const stop = startRowLogPruning({ store: one.store, log }, term, { keptMs: -1000 })
    await expect.poll(lines).toBe(0)
    await Promise.all([stopFormer(), stop()])
  })

  test('is right within a second where no signal arrives', async () => {
    await runSql(server, `insert into draining_nodes values ('id-of-b1', 'now')`)
    await expect.poll(() => other.placements.isDraining('id-of-b1')).toBe(true)
  })
})
