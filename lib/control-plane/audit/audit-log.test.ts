import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTestStore } from '#lib/testing/control-plane/test-store.ts'
import { Authority } from '../authority/authority.ts'
import { soleTerm } from '../leadership/start-leadership.ts'
import type { Store } from '../store/store.ts'
import type { AuditRecord } from './audit-event.ts'
import { AuditLog } from './audit-log.ts'
import { AuditMaintenance } from './audit-maintenance.ts'
import { prune } from './prune.ts'
import { AUDIT_KINDS, type AuditKind, DEFAULT_RETENTION } from './retention.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const silent = pino({ level: 'silent' })

let store: Store
beforeEach(async () => {
  store = await openTestStore()
})
afterEach(() => store.close())

const line = (changes: Partial<AuditRecord> = {}): AuditRecord => ({
  event: 'denied',
  actor: { kind: 'account', name: 'ada@example.com' },
  address: '192.0.2.1',
  detail: 'POST /x',
  requestId: null,
  ...changes,
})

const maintain = (audit: AuditLog, retention = DEFAULT_RETENTION) =>
  new AuditMaintenance({ store, audit, retention, log: silent }, soleTerm().term)

const setTime = (at: Date) =>
  store.transaction(Authority.system, (writer) =>
    writer.updateTable('audit').set({ at: at.toISOString() }).execute(),
  )

const UNKNOWN = { kind: 'unknown', name: '' } as const

const rows = () => store.reader.selectFrom('audit').selectAll().orderBy('id').execute()

describe('a repeated event', () => {
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

  test('has at most twenty different details, each with a count', async () => {
    const audit = new AuditLog(store, silent)
    audit.write(line({ detail: 'GET /once', address: '192.0.2.9' }))
    for (const detail of ['GET /a', 'GET /b', 'GET /a']) audit.write(line({ detail }))
    await expect.poll(async () => (await rows()).map(({ count }) => count)).toEqual([1, 3])
    for (let id = 0; id < 100; id += 1) audit.write(line({ detail: `DELETE /${id}` }))
    // A throttled client tries accounts.
    for (const name of ['ada', 'bob', 'ada']) {
      audit.write(line({ event: 'held_off', actor: { kind: 'account', name }, detail: null }))
    }
    // An event without a detail is only counted.
    for (const _ of [1, 2]) audit.write(line({ event: 'password_wrong', detail: null }))
    await audit.stop()
    const [once, calls, heldOff, wrong] = await rows()
    expect([once?.detail, once?.details]).toEqual(['GET /once', null])
    expect([calls?.count, calls?.detail, calls?.details?.length]).toEqual([103, 'GET /a', 20])
    expect(calls?.details?.slice(0, 3)).toEqual([
      { detail: 'GET /a', count: 2 },
      { detail: 'GET /b', count: 1 },
      { detail: 'DELETE /0', count: 1 },
    ])
    expect(heldOff?.details).toEqual([
      { detail: 'ada', count: 2 },
      { detail: 'bob', count: 1 },
    ])
    expect([wrong?.count, wrong?.details]).toEqual([2, null])
  })

  test('is exported when it is written, and again with its final count', async () => {
    let now = 0
    const audit = new AuditLog(store, silent, () => now)
    const feed = async () =>
      (await rows()).map(({ feed_position, feed_count, sequence }) => [
        feed_position > sequence,
        feed_count,
      ])
    const written = (count: number) => expect.poll(async () => (await rows())[0]?.count).toBe(count)
    audit.write(line())
    await written(1)
    const [first] = await rows()
    expect(first?.feed_position.slice(0, 10)).toBe(first?.at.slice(0, 10))
    for (let times = 0; times < 4; times += 1) audit.write(line())
    await written(5)
    const [still] = await rows()
    expect([still?.feed_position, still?.feed_count]).toEqual([first?.feed_position, 1])
    now = 11 * MINUTE
    audit.write(line({ event: 'login' }))
    await expect.poll(feed).toEqual([
      [true, 5],
      [true, 1],
    ])
    const [ended] = await rows()
    expect(ended && first && ended.feed_position > first.feed_position).toBe(true)
    await audit.stop()
    expect((await rows())[0]?.feed_position).toBe(ended?.feed_position)
  })

  test('is exported with its last count after a crash', async () => {
    const crashed = new AuditLog(store, silent)
    for (const _ of [1, 2]) crashed.write(line())
    await expect.poll(async () => (await rows())[0]?.count).toBe(2)
    crashed.write(line())
    await expect.poll(async () => (await rows())[0]?.count).toBe(3)
    const [before] = await rows()
    expect(before?.feed_count).toBe(2)
    // Another process could still repeat a recent event.
    if (store.isShared) await setTime(new Date(Date.now() - 12 * MINUTE))
    const next = new AuditLog(store, silent)
    const maintenance = maintain(next)
    await expect.poll(async () => (await rows())[0]?.feed_count).toBe(3)
    expect((await rows())[0]?.feed_position).not.toBe(before?.feed_position)
    await maintenance.stop()
    await next.stop()
    await crashed.stop()
  })

  test('from another address or actor is another line, and each login is a line', async () => {
    const audit = new AuditLog(store, silent)
    audit.write(line())
    audit.write(line({ address: '192.0.2.2' }))
    audit.write(line({ actor: { kind: 'token', name: 'SCW' } }))
    audit.write(line({ event: 'login' }))
    audit.write(line({ event: 'login' }))
    // A throttled network may try any account.
    audit.write(line({ event: 'held_off', actor: { kind: 'account', name: 'a' } }))
    audit.write(line({ event: 'held_off', actor: { kind: 'account', name: 'b' } }))
    await audit.stop()
    expect((await rows()).map(({ event, count }) => `${event} ${count}`)).toEqual([
      ...['denied 1', 'denied 1', 'denied 1', 'login 1', 'login 1', 'held_off 2'],
    ])
  })

  test('from one IPv6 /64 network is one line, and from another /64 another line', async () => {
    const audit = new AuditLog(store, silent)
    for (const address of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:db8:1:3::1']) {
      audit.write(line({ event: 'link_refused', actor: UNKNOWN, address, detail: null }))
      audit.write(line({ event: 'login_failed', address, detail: null }))
    }
    await audit.stop()
    const written = await rows()
    expect(
      written.map(({ event, address, source, count }) => [event, address, source, count]),
    ).toEqual([
      ['link_refused', '2001:db8:1:2::1', '2001:db8:1:2::/64', 2],
      ['login_failed', '2001:db8:1:2::1', '2001:db8:1:2::/64', 2],
      ['link_refused', '2001:db8:1:3::1', '2001:db8:1:3::/64', 1],
      ['login_failed', '2001:db8:1:3::1', '2001:db8:1:3::/64', 1],
    ])
  })
})

test('any text from a client is logged as one line of plain text', async () => {
  const audit = new AuditLog(store, silent)
  const name = 'eve\r\nada logged in\u001b[2J\u202egnp.exe\u2028'
  audit.write(line({ actor: { kind: 'account', name }, detail: `GET /${'x'.repeat(10_000)}` }))
  const cut = `GET /${'x'.repeat(191)}`
  audit.write(line({ event: 'login', detail: `${cut}\u202e` }))
  await audit.stop()
  const [row, last] = await rows()
  expect(row?.actor_name).toBe('eve\\u{d}\\u{a}ada logged in\\u{1b}[2J\\u{202e}gnp.exe\\u{2028}')
  expect(row?.detail).toHaveLength(200)
  // Escape sequences are not cut.
  expect(last?.detail).toBe(cut)
})

test("lines that can't be written are queued and written later", async () => {
  let full = true
  let failures = 0
  const transaction: Store['transaction'] = (authority, work) => {
    if (!full) return store.transaction(authority, work)
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

test('if the queue is full, lines without an account are dropped first', async () => {
  let full = true
  const transaction: Store['transaction'] = (authority, work) =>
    full ? Promise.reject(Error('full')) : store.transaction(authority, work)
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
  const insert = async (kind: AuditKind, source: string, times: number[]) => {
    for (const time of times) {
      const at = new Date(time).toISOString()
      const event = kind === 'logins' ? 'login' : 'denied'
      const own = {
        event,
        kind,
        source,
        actor_kind: 'account',
        actor_name: 'ada',
        count: 1,
      } as const
      const none = { address: null, detail: null, details: null, request_id: null }
      const fed = { feed_position: at, feed_count: 1 }
      await store.transaction(Authority.system, (writer) =>
        writer
          .insertInto('audit')
          .values({ at, sequence: at, last_at: at, ...own, ...none, ...fed })
          .execute(),
      )
    }
  }

  const timesOf = async (kind: AuditKind) =>
    (await rows()).filter((row) => row.kind === kind).map(({ at }) => Date.parse(at))
  const days = { logins: 90, denials: 30, anonymous: 0, changes: 0 }
  const lines = { logins: 1000, denials: 1000, anonymous: 1000 }

  test('of each kind are deleted after the configured days, or never', async () => {
    for (const kind of AUDIT_KINDS) await insert(kind, 'ada', [DAY, 62 * DAY, 63 * DAY])
    await prune({ store, authority: Authority.system }, 92 * DAY + 1, { days, lines })
    expect(await timesOf('logins')).toEqual([62 * DAY, 63 * DAY])
    expect(await timesOf('denials')).toEqual([63 * DAY])
    expect(await timesOf('anonymous')).toHaveLength(3)
  })

  test('of one kind are deleted if it exceeds its limit, and those of other kinds are kept', async () => {
    await insert('logins', 'ada', [1, 2])
    await insert('denials', 'ada', [3])
    const flood = Array.from({ length: 1600 }, (_, at) => at + 10)
    await insert('anonymous', '192.0.2.1', flood)
    await prune({ store, authority: Authority.system }, DAY, { days, lines })
    expect(await timesOf('logins')).toEqual([1, 2])
    expect(await timesOf('denials')).toEqual([3])
    expect(await timesOf('anonymous')).toEqual(flood.slice(-1000))
  })

  test('of the source with the most lines are deleted first', async () => {
    await insert('denials', 'ada', [1, 2, 3])
    await insert('denials', 'eve', [10, 11, 12, 13, 14, 15, 16, 17])
    await insert('denials', 'mallory', [20, 21, 22, 23])
    await prune({ store, authority: Authority.system }, DAY, {
      days,
      lines: { ...lines, denials: 10 },
    })
    expect(await timesOf('denials')).toEqual([1, 2, 3, 15, 16, 17, 21, 22, 23])
    const callers = Array.from({ length: 30 }, (_, at) => at + 100)
    for (const at of callers) await insert('anonymous', `192.0.2.${at}`, [at])
    await prune({ store, authority: Authority.system }, DAY, {
      days,
      lines: { ...lines, anonymous: 12 },
    })
    expect(await timesOf('anonymous')).toEqual(callers.slice(-12))
  })
})

test('a flood of lines is pruned at once, not at the next hourly run', async () => {
  const lines = { logins: 1000, denials: 1000, anonymous: 1000 }
  const audit = new AuditLog(store, silent)
  const maintenance = maintain(audit, { days: DEFAULT_RETENTION.days, lines })
  audit.write(line({ event: 'login' }))
  for (let batch = 0; batch < 7; batch += 1) {
    for (let caller = 0; caller < 900; caller += 1) {
      audit.write(line({ actor: UNKNOWN, address: `2001:db8:${batch}:${caller}::1` }))
    }
    const last = { address: `2001:db8:${batch}:899::1` }
    await expect.poll(async () => (await rows()).at(-1), { interval: 10 }).toMatchObject(last)
  }
  // 6,300 were written.
  await expect.poll(async () => (await rows()).length).toBeLessThanOrEqual(2301)
  expect((await rows())[0]).toMatchObject({ event: 'login', kind: 'logins' })
  await maintenance.stop()
  await audit.stop()
})
