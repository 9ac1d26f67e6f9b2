import pino from 'pino'
import { expect, test } from 'vitest'
import type { ExportedAuditLine } from '#lib/core/audit.ts'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { openTestStore } from '#lib/testing/control-plane/test-store.ts'
import { AuditLog } from '../audit/audit-log.ts'
import { exportAudit } from '../services/audit/export-audit.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const SESSION = '/fairlead/v1/session'
const EXPORT = '/fairlead/v1/audit/export'
const LBS = '/lb/v1/regions/fr-par/lbs'

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

const ask = ({ url }: RunningControlPlane, token: string, query = '', more: RequestInit = {}) =>
  fetch(`${url}${EXPORT}${query}`, { headers: bearer(token), ...more })

async function exported(
  controlPlane: RunningControlPlane,
  token: string,
  query = '',
): Promise<ExportedAuditLine[]> {
  const response = await ask(controlPlane, token, query)
  expect(response.status).toBe(200)
  const text = await response.text()
  expect(text === '' || text.endsWith('\n')).toBe(true)
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

const logIn = async ({ call }: RunningControlPlane): Promise<string> =>
  (await call('POST', SESSION, ADA, {})).body.token

test('has every line once, oldest first, and can continue after any line', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const { call } = controlPlane
  const token = await logIn(controlPlane)
  const backends = Array.from({ length: 60 }, (_, at) => backendInput({ name: `b${at}` }))
  await call('POST', LBS, { name: 'shop', backends })
  await call('POST', SESSION, { email: 'eve@example.com', password: 'x' }, {})
  await call('POST', LBS, { name: 'blog', backends })
  await expect.poll(async () => (await exported(controlPlane, token)).length).toBe(126)
  const all = await exported(controlPlane, token)
  const times = all.filter(({ event }) => event === 'change').map(({ at }) => at)
  expect(times).toEqual(times.toSorted())
  expect(new Set(all.map(({ id }) => id)).size).toBe(126)
  const response = await ask(controlPlane, token)
  expect(response.headers.get('content-type')).toBe('application/x-ndjson')
  expect(response.headers.get('content-disposition')).toMatch(/filename="fairlead-audit-.*jsonl"/)
  await response.body?.cancel()
  for (const at of [0, 1, 63, 64, 99, 100, 124, 125]) {
    const after = encodeURIComponent(all[at]?.cursor ?? '')
    expect(await exported(controlPlane, token, `?after=${after}`)).toEqual(all.slice(at + 1))
  }
  expect(await exported(controlPlane, token, '?limit=101')).toEqual(all.slice(0, 101))

  const { body } = await call('GET', '/fairlead/v1/audit?page_size=100', undefined, bearer(token))
  const listed = all.map(({ cursor: _, ...line }) => line)
  expect(body.lines).toEqual(expect.arrayContaining(listed.slice(-60)))
})

test('has only the lines that match the filters', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const { call } = controlPlane
  const token = await logIn(controlPlane)
  await call('POST', '/fairlead/v1/tokens', { name: 'a' })
  await call('POST', SESSION, { email: 'eve@example.com', password: 'x' }, {})
  await expect.poll(async () => (await exported(controlPlane, token)).length).toBe(3)
  const events = async (query: string) =>
    (await exported(controlPlane, token, query)).map(({ event }) => event)
  expect(await events('?kind=changes')).toEqual(['change'])
  expect(await events('?kind=denials')).toEqual(['login_failed'])
  expect(await events('?kind=logins&actor=ADA')).toEqual(['login'])
  for (const wrong of ['kind=all', 'after=e1', 'limit=0', 'limit=1000001']) {
    expect([wrong, (await ask(controlPlane, token, `?${wrong}`)).status]).toEqual([wrong, 400])
  }
})

test('is for owners, with at most two exports at once', async () => {
  await using controlPlane = await runControlPlane({ admin: ADA })
  const { call } = controlPlane
  const token = await logIn(controlPlane)
  expect((await call('GET', EXPORT)).status).toBe(403)
  expect((await call('GET', EXPORT, undefined, {})).status).toBe(401)
  // More than the socket buffers hold, so exports that no client reads stay in progress.
  const servers = Array.from({ length: 50 }, (_, at) => `10.0.0.${at}`)
  const backends = Array.from({ length: 100 }, (_, at) =>
    backendInput({ name: `${'b'.repeat(200)}${at}`, server_ip: servers }),
  )
  for (let lb = 0; lb < 80; lb += 1) {
    expect((await call('POST', LBS, { name: `lb${lb}`, backends })).status).toBe(200)
  }
  // HEAD starts no export.
  for (const _ of [1, 2, 3]) {
    expect((await ask(controlPlane, token, '', { method: 'HEAD' })).status).toBe(200)
  }
  const open = [await ask(controlPlane, token), await ask(controlPlane, token)]
  expect(open.map(({ status }) => status)).toEqual([200, 200])
  const third = await ask(controlPlane, token)
  expect([third.status, third.headers.get('retry-after')]).toEqual([429, '10'])
  await open[0]?.body?.cancel()
  await expect
    .poll(async () => {
      const { status, body } = await ask(controlPlane, token)
      await body?.cancel()
      return status
    })
    .toBe(200)
  await open[1]?.body?.cancel()
})

test('ends with an error when the caller loses the right to read the audit log', async () => {
  const store = await openTestStore()
  const audit = new AuditLog(store, pino({ level: 'silent' }))
  for (let at = 0; at < 150; at += 1) {
    const actor = { kind: 'account', name: `person${at}@example.com` } as const
    audit.write({ event: 'login', actor, address: null, detail: null, requestId: null })
  }
  await audit.stop()
  let mayRead = true
  const requireRight = async () => {
    if (!mayRead) throw new Error('no longer an owner')
  }
  const { signal } = new AbortController()
  const query = { limit: 1000 }
  const lines = exportAudit({ reader: store.reader, query, checkRight: requireRight, signal })
  await lines.next()
  mayRead = false
  const rest = async () => {
    let count = 1
    for await (const _ of lines) count += 1
    return count
  }
  await expect(rest()).rejects.toThrow('no longer an owner')
  await store.close()
})
