import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import type { WriterTask } from '#lib/testing/control-plane/shared-store-writer.ts'
import { appendChange, lbRow, openStore } from '#lib/testing/control-plane/store-fixtures.ts'
import { connectPostgres, databaseOn } from '#lib/testing/control-plane/test-postgres.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Authority } from '../../../authority/authority.ts'
import { ChangeFeed } from '../../change-feed.ts'
import { Signal } from '../../signal.ts'
import type { Store } from '../../store.ts'

/** `SHARED_STORE_WRITES=100000` makes a longer run. */
const WRITES = Number(process.env.SHARED_STORE_WRITES ?? 10_000)
const PROCESSES = 2
const WRITERS = 4

describe.skipIf(missingPrograms('postgres'))('a store that several processes share', () => {
  let server: ServerProgram
  let address: DatabaseAddress
  let store: Store

  beforeAll(async () => {
    server = await startPostgres('127.0.0.1', await freePort())
    address = databaseOn(server)
    store = await openStore(connectPostgres(address))
  })
  afterAll(async () => {
    await store.close()
    await server.remove()
  })

  const append = () =>
    store.transaction(Authority.system, (writer) => appendChange(writer, 'signalled'))

  /** Another process's signal, and how long it takes until the next notification of it. */
  async function follower() {
    const other = await openStore(connectPostgres(address))
    const commits = new Signal()
    const stop = other.shareCommits(commits)
    onTestFinished(async () => {
      await stop()
      await other.close()
    })
    // The first poll.
    await waitFor('the follower listens', () => commits.count > 0)
    const next = async () => {
      const before = performance.now()
      await commits.after(commits.count, 10_000, new AbortController().signal)
      return performance.now() - before
    }
    return { commits, next }
  }

  function leader() {
    const commits = new Signal()
    const stop = store.shareCommits(commits)
    onTestFinished(stop)
    return commits
  }

  test('a commit wakes the other processes, and not the process itself', async () => {
    const { next } = await follower()
    const commits = leader()
    await waitFor('the leader listens', () => commits.count > 0)
    await append()
    const woken = next()
    const count = commits.count
    commits.notify()
    expect(await woken).toBeLessThan(500)
    // Its own poll may notice the commit once more.
    expect(commits.count - count).toBeLessThanOrEqual(2)
  })

  test('a commit whose notification is lost is found within a second or so', async () => {
    const { next } = await follower()
    const woken = next()
    await append()
    expect(await woken).toBeLessThan(1500)
  })

  test('the signal continues after its connection was ended', async () => {
    const { next, commits } = await follower()
    const count = commits.count
    const listeners = "query like 'select (select max%' and pid <> pg_backend_pid()"
    await query(
      address,
      `select pg_terminate_backend(pid) from pg_stat_activity where ${listeners}`,
    )
    const woken = next()
    await append()
    expect(await woken).toBeLessThan(2000)
    expect(commits.count).toBeGreaterThan(count)
  })

  test('three processes open a new database at once', async () => {
    const database = 'opened_at_once'
    const create = `create database ${database} encoding 'UTF8' locale 'C' template template0`
    await query(address, create)
    const stores = await Promise.all(
      [1, 2, 3].map(() => openStore(connectPostgres({ ...address, database }))),
    )
    for (const one of stores) {
      expect(await one.reader.selectFrom('lbs').select('id').execute()).toEqual([])
      await one.close()
    }
  })

  test('a process that is older than the schema reads on, and refuses to write in words', async () => {
    await query(address, "insert into kysely_migration values ('9999-later', '2030-01-01')")
    onTestFinished(() => query(address, "delete from kysely_migration where name = '9999-later'"))
    await expect(append()).rejects.toThrow(/was migrated by a newer version of Fairlead/)
    await expect(append()).rejects.toMatchObject({ kind: 'newer_schema' })
    expect(await store.reader.selectFrom('settings').select('key').execute()).not.toEqual([])
  })

  test(`${WRITES} changes of ${PROCESSES} processes have no gaps, and a third process sees each in order`, async () => {
    const lbIds = Array.from({ length: 8 }, (_, at) => `shared-${at}`)
    await store.transaction(Authority.system, async (writer) => {
      for (const id of lbIds) await writer.insertInto('lbs').values(lbRow(id)).execute()
    })
    const commits = leader()
    const feed = await ChangeFeed.open(store.reader, commits)
    const seen: number[] = []
    const abort = new AbortController()
    const reading = (async () => {
      while (!abort.signal.aborted) {
        await feed.wait(1000, abort.signal)
        seen.push(...(await feed.read()).map(({ id }) => id))
      }
      seen.push(...(await feed.read()).map(({ id }) => id))
    })()
    const each = WRITES / PROCESSES / WRITERS
    const task: WriterTask = { address, lbIds, writers: WRITERS, each }
    await Promise.all(Array.from({ length: PROCESSES }, () => runWriter(task)))
    abort.abort()
    await reading
    feed.close()
    const changes = await store.reader
      .selectFrom('changes')
      .select(['id', 'lb_id', 'generation', 'sequence', 'at'])
      .where('lb_id', 'in', lbIds)
      .orderBy('id')
      .execute()
    expect(changes).toHaveLength(WRITES)
    expect(seen).toEqual(changes.map(({ id }) => id))
    const sequences = changes.map(({ sequence }) => sequence)
    expect(sequences).toEqual([...new Set(sequences)].sort())
    for (const id of lbIds) {
      const generations = changes
        .filter(({ lb_id }) => lb_id === id)
        .map(({ generation }) => generation)
      expect(generations.length).toBeGreaterThan(WRITES / lbIds.length / 2)
      expect(generations).toEqual(generations.map((_, at) => at + 1))
    }
  }, 1_200_000)
})

/** Runs a statement outside a transaction of a store. */
async function query(address: DatabaseAddress, sql: string): Promise<void> {
  const driver = connectPostgres(address).kysely.createDriver()
  await driver.init()
  const connection = await driver.acquireConnection()
  const compiled = { query: {} as never, queryId: {} as never, parameters: [], sql }
  await connection.executeQuery(compiled)
  await driver.releaseConnection(connection)
  await driver.destroy()
}

/** Runs the task in a process of its own. */
function runWriter(task: WriterTask): Promise<void> {
  const script = join(
    import.meta.dirname,
    '../../../../testing/control-plane/shared-store-writer.ts',
  )
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', script, JSON.stringify(task)],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    )
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))))
  })
}
