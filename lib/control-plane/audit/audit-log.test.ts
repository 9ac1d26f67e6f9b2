import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Store } from '../store/store.ts'
import type { Audited } from './audit-event.ts'
import { AuditLog } from './audit-log.ts'
import { prune } from './prune.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const silent = pino({ level: 'silent' })

let store: Store
beforeEach(async () => {
  store = await Store.open(':memory:')
})
afterEach(() => store.close())

const line = (changes: Partial<Audited> = {}): Audited => ({
  event: 'denied',
  actor: { kind: 'account', name: 'ada@example.com' },
  address: '192.0.2.1',
  detail: 'POST /x',
  requestId: null,
  ...changes,
})

const rows = () => store.reader.selectFrom('audit').selectAll().orderBy('id').execute()

describe('what repeats', () => {
  test('is one line with a count, for ten minutes', async () => {
    let now = 0
    const audit = new AuditLog(store, silent, () => now)
    for (let times = 0; times < 5000; times += 1) audit.write(line())
    await expect.poll(async () => (await rows()).map(({ count }) => count)).toEqual([5000])
    now = 9 * MINUTE
    audit.write(line())
    now = 11 * MINUTE
    audit.write(line({ detail: 'POST /y' }))
    await audit.stop()
    const [first, second] = await rows()
    expect([first?.count, second?.count, second?.detail]).toEqual([5001, 1, 'POST /y'])
    expect(first?.last_at && first.last_at > first.at).toBe(true)
  })

  test('from elsewhere, or by another, is another line; log-ins are each one', async () => {
    const audit = new AuditLog(store, silent)
    audit.write(line())
    audit.write(line({ address: '192.0.2.2' }))
    audit.write(line({ actor: { kind: 'token', name: 'SCW' } }))
    audit.write(line({ event: 'login' }))
    audit.write(line({ event: 'login' }))
    // Whoever is held off may try any account.
    audit.write(line({ event: 'held_off', actor: { kind: 'account', name: 'a' } }))
    audit.write(line({ event: 'held_off', actor: { kind: 'account', name: 'b' } }))
    await audit.stop()
    expect((await rows()).map(({ event, count }) => `${event} ${count}`)).toEqual([
      ...['denied 1', 'denied 1', 'denied 1', 'login 1', 'login 1', 'held_off 2'],
    ])
  })
})

test('whatever a client sends stays one line of plain text', async () => {
  const audit = new AuditLog(store, silent)
  const name = 'eve\r\nada logged in\u001b[2J\u202egnp.exe\u2028'
  audit.write(line({ actor: { kind: 'account', name }, detail: `GET /${'x'.repeat(10_000)}` }))
  const cut = `GET /${'x'.repeat(191)}`
  audit.write(line({ event: 'login', detail: `${cut}\u202e` }))
  await audit.stop()
  const [row, last] = await rows()
  expect(row?.actor_name).toBe('eve\\u{d}\\u{a}ada logged in\\u{1b}[2J\\u{202e}gnp.exe\\u{2028}')
  expect(row?.detail).toHaveLength(200)
  // No half of an escape.
  expect(last?.detail).toBe(cut)
})

test('lines that can’t be written are queued, and written once they can be', async () => {
  let full = true
  let failures = 0
  const transaction: Store['transaction'] = (work) => {
    if (!full) return store.transaction(work)
    failures += 1
    return Promise.reject(Object.assign(Error('full'), { errcode: 13 }))
  }
  const audit = new AuditLog(Object.assign(Object.create(store), { transaction }), silent)
  audit.write(line({ event: 'login' }))
  await expect.poll(() => failures).toBeGreaterThan(1)
  expect(await rows()).toEqual([])
  full = false
  await expect.poll(async () => (await rows()).map(({ event }) => event)).toEqual(['login'])
  await audit.stop()
})

test('where too many wait, those go that need no account', async () => {
  let full = true
  const transaction: Store['transaction'] = (work) =>
    full ? Promise.reject(Error('full')) : store.transaction(work)
  const audit = new AuditLog(Object.assign(Object.create(store), { transaction }), silent)
  audit.write(line({ event: 'login' }))
  for (let port = 0; port < 1100; port += 1) audit.write(line({ address: `192.0.2.1:${port}` }))
  audit.write(line({ event: 'logout' }))
  full = false
  await audit.stop()
  const events = (await rows()).map(({ event }) => event)
  expect([events.length, events.at(0), events.at(-1)]).toEqual([1000, 'login', 'logout'])
})

describe('old lines', () => {
  const insert = async (event: Audited['event'], ...times: number[]) => {
    for (const time of times) {
      const at = new Date(time).toISOString()
      const own = { event, actor_kind: 'account', actor_name: 'ada', count: 1 } as const
      const none = { address: null, detail: null, request_id: null }
      await store.transaction((writer) =>
        writer
          .insertInto('audit')
          .values({ at, sequence: at, last_at: at, ...own, ...none })
          .execute(),
      )
    }
  }

  test('go after 90 days', async () => {
    await insert('login', DAY, 2 * DAY, 3 * DAY)
    await prune(store, 92 * DAY + 1)
    expect(await rows()).toHaveLength(1)
  })

  test('go when there are too many, and first what needs no account', async () => {
    await insert('login', 1, 2)
    await insert('denied', 3, 4, 5)
    await prune(store, DAY, 3)
    expect((await rows()).map(({ event }) => event)).toEqual(['login', 'login', 'denied'])
    await insert('login', 6, 7)
    await prune(store, DAY, 3)
    expect((await rows()).map(({ at }) => Date.parse(at))).toEqual([2, 6, 7])
  })
})
