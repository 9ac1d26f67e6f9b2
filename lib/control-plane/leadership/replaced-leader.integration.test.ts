import { randomUUID } from 'node:crypto'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type PostgresStore,
  startPostgresStore,
} from '#lib/testing/control-plane/postgres-store.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { outlast } from '#lib/testing/wait.ts'
import { Authority } from '../authority/authority.ts'
import type { LeaderConnection } from '../store/dialect/leader-connection.ts'
import type { Writer } from '../store/reader.ts'
import type { Store } from '../store/store.ts'
import { Candidacy } from './candidacy.ts'
import type { Term } from './term.ts'
import { TermEnded } from './term-ended.ts'

const log = pino({ level: 'silent' })

describe.skipIf(missingPrograms('postgres'))('a leader', () => {
  let database: PostgresStore
  let store: Store
  beforeAll(async () => {
    database = await startPostgresStore()
    store = database.store
  })
  afterAll(() => database?.remove())

  const connect = (): Promise<LeaderConnection> => {
    if (!store.openLeaderConnection) throw new Error('nothing to elect')
    return store.openLeaderConnection()
  }

  /** Stands for election. `won` resolves with the term. */
  function stand(connection: () => Promise<LeaderConnection>, onWon: () => void = () => {}) {
    const { promise: won, resolve } = Promise.withResolvers<Term>()
    const start = (term: Term) => {
      onWon()
      resolve(term)
      return () => {}
    }
    const tasks = [{ name: 'test', start }]
    return {
      won,
      candidacy: new Candidacy({ store, connect: connection, tasks, log, replicaId: randomUUID() }),
    }
  }

  test('that hangs is not certain any more before another one begins, and its writes are refused', async () => {
    const { promise: awake, resolve: wakeUp } = Promise.withResolvers<boolean>()
    let hangs = false
    // It neither renews nor notices that its connection ends.
    const first = stand(async () => {
      const connection = await connect()
      const renewTerm = (holder: string) => (hangs ? awake : connection.renewTerm(holder))
      return { ...connection, renewTerm, ended: new AbortController().signal }
    })
    const former = await first.won
    const write = (writer: Writer) =>
      writer
        .insertInto('settings')
        .values({ key: `${performance.now()}`, value: '' })
        .execute()
    await store.transaction(former.authority, write)
    expect(former.isCertain()).toBe(true)

    let wasCertain = true
    const second = stand(connect, () => {
      wasCertain = former.isCertain()
    })
    hangs = true
    const next = await second.won
    expect(wasCertain).toBe(false)
    expect(former.ended.aborted).toBe(false)
    await expect(store.transaction(former.authority, write)).rejects.toThrow(TermEnded)
    await store.transaction(next.authority, write)
    wakeUp(false)
    await first.candidacy.stop()
    expect(former.ended.aborted).toBe(true)
    await second.candidacy.stop()
  })

  test('of an older version than the schema ends its term, and does not begin another', async () => {
    const newer = { name: '9999-newer', timestamp: new Date().toISOString() }
    const { won, candidacy } = stand(connect)
    const term = await won
    const ended = new Promise((resolve) => {
      term.ended.addEventListener('abort', resolve)
    })
    await store.transaction(Authority.system, (writer) =>
      writer
        .insertInto('kysely_migration' as never)
        .values(newer as never)
        .execute(),
    )
    await ended
    const holder = async () =>
      (await store.reader.selectFrom('leadership').select('holder').executeTakeFirst())?.holder
    const before = await holder()
    await outlast(1000)
    expect(await holder()).toBe(before)
    await candidacy.stop()
  })
})
