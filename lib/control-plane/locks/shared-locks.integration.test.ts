import { randomUUID } from 'node:crypto'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { openStore } from '#lib/testing/control-plane/store-fixtures.ts'
import { connectPostgres, databaseOn, runSql } from '#lib/testing/control-plane/test-postgres.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { simulateDelay, waitFor } from '#lib/testing/wait.ts'
import { Authority } from '../authority/authority.ts'
import type { LockConnection } from '../store/dialect/lock-connection.ts'
import type { Writer } from '../store/reader.ts'
import type { Store } from '../store/store.ts'
import { OrderRefused } from './held-lock.ts'
import { LEASE_MS } from './session-lock.ts'
import { SharedLocks } from './shared-locks.ts'

const log = pino({ level: 'silent' })
const KEY = ['pair fr-par 1']
const PATIENT = { waitMs: 30_000 }
const HOLDER_PIDS = "select pid from pg_locks where locktype = 'advisory' and classid = 1179207022"

describe.skipIf(missingPrograms('postgres'))('locks among control planes', () => {
  let server: ServerProgram
  const opened: { store: Store; locks: SharedLocks }[] = []
  beforeAll(async () => {
    server = await startPostgres('127.0.0.1', await freePort())
  })
  afterEach(async () => {
    for (const { store, locks } of opened.splice(0)) {
      await locks.stop()
      await store.close()
    }
  })
  afterAll(() => server.remove())

  /** What one control plane has. @param wrap changes its connection for locks */
  async function openProcess(wrap: (connection: LockConnection) => LockConnection = (one) => one) {
    const store = await openStore(connectPostgres(databaseOn(server)))
    const connect = async () => {
      if (!store.openLockConnection) throw new Error('The store is not shared')
      return wrap(await store.openLockConnection())
    }
    const one = { store, locks: new SharedLocks({ store, connect, log }) }
    opened.push(one)
    return one
  }

  const write = (writer: Writer) =>
    writer.insertInto('settings').values({ key: randomUUID(), value: '' }).execute()

  test('have one holder at a time, and each process gets its turn', async () => {
    const processes = [await openProcess(), await openProcess(), await openProcess()]
    const holders = new Map<string, number>()
    const waits: number[] = []
    const others = ['pair fr-par 2', 'pair fr-par 3']
    const use = async (locks: SharedLocks, keys: string[]) => {
      const began = performance.now()
      const lock = await locks.acquire(keys, PATIENT)
      waits.push(performance.now() - began)
      for (const key of keys) holders.set(key, (holders.get(key) ?? 0) + 1)
      expect(keys.map((key) => [key, holders.get(key)])).toEqual(keys.map((key) => [key, 1]))
      expect(lock.isCertain()).toBe(true)
      await simulateDelay(5)
      for (const key of keys) holders.set(key, 0)
      await lock.release()
      expect(lock.isCertain()).toBe(false)
    }
    const work = processes.map(async ({ locks }, at) => {
      for (let round = 0; round < 20; round += 1) {
        await use(locks, round % 2 === 0 ? KEY : [...KEY, ...others.slice(at % 2)])
      }
    })
    await Promise.all(work)
    waits.sort((a, b) => a - b)
    const [p50, max] = [waits[Math.floor(waits.length / 2)], waits.at(-1)].map((ms = 0) =>
      Math.round(ms),
    )
    process.stdout.write(`a lock that three processes want: ${p50} ms (p50), ${max} ms (max)\n`)
    expect(waits).toHaveLength(60)
  })

  test('that nobody else wants are had at once, again and again', async () => {
    const { store, locks } = await openProcess()
    const began = performance.now()
    for (let round = 0; round < 20; round += 1) {
      const lock = await locks.acquire(KEY, PATIENT)
      await store.transaction(lock.authority(Authority.system), write)
      await lock.release()
    }
    const each = (performance.now() - began) / 20
    process.stdout.write(`taking a lock, writing and releasing it: ${each.toFixed(1)} ms\n`)
    expect(await store.reader.selectFrom('held_locks').selectAll().execute()).toEqual([])
  })

  test('are refused in words after a while, and had when they are released', async () => {
    const [one, other] = [await openProcess(), await openProcess()]
    const lock = await one.locks.acquire(KEY, PATIENT)
    await expect(other.locks.acquire(KEY, { waitMs: 100 })).rejects.toThrow(
      new OrderRefused('Another control plane is changing its hosts. Try again.'),
    )
    const next = other.locks.acquire(KEY, PATIENT)
    await lock.release()
    expect((await next).isCertain()).toBe(true)
  })

  test('of a holder whose connection was cut go to another one when the former is not certain any more', async () => {
    const [one, other] = [await openProcess(), await openProcess((connection) => connection)]
    // It does not notice the end of its connection.
    const deaf = await openProcess((connection) => ({
      ...connection,
      ended: new AbortController().signal,
      heartbeat: (holder) => connection.heartbeat(holder).catch(() => new Promise<never>(() => {})),
    }))
    for (const former of [one, deaf]) {
      const lock = await former.locks.acquire(KEY, PATIENT)
      const [row] = await runSql(server, HOLDER_PIDS)
      const began = performance.now()
      await runSql(server, `select pg_terminate_backend(${row?.pid})`)
      const next = await other.locks.acquire(KEY, PATIENT)
      expect([lock.isCertain(), next.isCertain()]).toEqual([false, true])
      expect(performance.now() - began).toBeGreaterThan(LEASE_MS / 2)
      await expect(
        former.store.transaction(lock.authority(Authority.system), write),
      ).rejects.toThrow(OrderRefused)
      await next.release()
      await lock.release()
    }
  })

  test('of a silent holder go to another one, and the former writes nothing more', async () => {
    let isSilent = false
    const silent = await openProcess((connection) => ({
      ...connection,
      heartbeat: (holder) =>
        isSilent ? new Promise<never>(() => {}) : connection.heartbeat(holder),
      ended: new AbortController().signal,
    }))
    const other = await openProcess()
    const lock = await silent.locks.acquire(KEY, PATIENT)
    await silent.store.transaction(lock.authority(Authority.system), write)
    isSilent = true
    const began = performance.now()
    const next = await other.locks.acquire(KEY, PATIENT)
    process.stdout.write(
      `the lock of a silent holder was had after ${Math.round(performance.now() - began)} ms\n`,
    )
    expect([lock.isCertain(), next.isCertain()]).toEqual([false, true])
    const late = silent.store.transaction(lock.authority(Authority.system), write)
    await expect(late).rejects.toThrow(OrderRefused)
    await other.store.transaction(next.authority(Authority.system), write)
  })

  test('are held for as long as the work takes, and lost with the database', async () => {
    const { locks } = await openProcess()
    const lock = await locks.acquire(KEY, PATIENT)
    const other = await openProcess()
    const began = performance.now()
    await expect(other.locks.acquire(KEY, { waitMs: 4000 })).rejects.toThrow(OrderRefused)
    expect(performance.now() - began).toBeGreaterThan(4000)
    expect(lock.isCertain()).toBe(true)
    await server.kill()
    await waitFor('the end of the lock', () => lock.ended.aborted)
    expect(lock.isCertain()).toBe(false)
    await server.start()
    const again = await waitFor('the lock', () => locks.acquire(KEY, PATIENT))
    expect(again.isCertain()).toBe(true)
  })
})
