import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AuditLine } from '#lib/core/audit.ts'
import type { Change } from '#lib/core/change.ts'
import { exited, freePort, startProcess } from '#lib/testing/control-plane/control-plane-process.ts'
import { SECRET_KEY } from '#lib/testing/control-plane/running-control-plane.ts'
import { findProgram } from '#lib/testing/programs/programs.ts'

// Runs a control plane whose clock libfaketime sets forward and back.

const faketime = findProgram('libfaketime.so.1')
const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const LBS = '/lb/v1/regions/fr-par/lbs'
const HOUR = 3_600_000

let dataDir: string
let port: number
let child: ChildProcess

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'fairlead-clock-'))
  port = await freePort()
})
afterEach(async () => {
  await end()
  rmSync(dataDir, { recursive: true })
})

/** Sets the clock to `hours` from now. */
const setClock = (hours: number) =>
  writeFileSync(join(dataDir, 'clock'), `${hours < 0 ? '' : '+'}${hours}h`)

async function start(): Promise<void> {
  child = await startProcess(dataDir, port, {
    settings: { admin: ADA },
    env: {
      LD_PRELOAD: faketime as string,
      FAKETIME_TIMESTAMP_FILE: join(dataDir, 'clock'),
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  })
}

async function end(): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = exited(child)
  child.kill('SIGTERM')
  await ended
}

async function call(method: string, path: string, body?: unknown, token?: string) {
  const who = token ? ['Authorization', `Bearer ${token}`] : ['X-Auth-Token', SECRET_KEY]
  const headers = Object.fromEntries([who, ['Content-Type', 'application/json']])
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...sent })
  return { status: response.status, body: await response.json() }
}

/** Creates a load balancer. Its `created_at` is the faked time. */
async function create(hours: number) {
  setClock(hours)
  const request = { name: String(hours), assign_flexible_ip: false }
  const { status, body } = await call('POST', LBS, request)
  expect(status).toBe(200)
  const distance = Date.parse(body.created_at) - Date.now() - hours * HOUR
  expect(Math.abs(distance)).toBeLessThan(HOUR / 2)
  return body
}

/** All audit lines, read two per page. */
async function readAudit(token: string): Promise<AuditLine[]> {
  const lines: AuditLine[] = []
  for (let before = ''; ; ) {
    const { body } = await call('GET', `/fairlead/v1/audit?page_size=2${before}`, undefined, token)
    lines.push(...body.lines)
    if (body.next === null) return lines
    before = `&before=${encodeURIComponent(body.next)}`
  }
}

test.skipIf(!faketime)(
  'timestamps follow the clock, and the audit log stays in order',
  async () => {
    setClock(0)
    await start()
    const lb = await create(0)
    const { token } = (await call('POST', '/fairlead/v1/session', ADA)).body
    const steps = [8, -8, -9, 1]
    for (const hours of steps) {
      await create(hours)
      const renamed = { name: `renamed at ${hours}` }
      expect((await call('PUT', `${LBS}/${lb.id}`, renamed)).status).toBe(200)
    }
    // The same in a new process whose clock starts before the last line.
    await end()
    setClock(-10)
    await start()
    await create(-10)

    const lines = await readAudit(token)
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length)
    const made = lines.flatMap(({ change }) =>
      change?.verb === 'create' && change.resource.type === 'lb' ? [change.after] : [],
    )
    const names = [0, ...steps, -10].map((hours) => ({ name: String(hours) }))
    expect(made.toReversed()).toMatchObject(names)

    const history = await call('GET', `/fairlead/v1/lbs/${lb.id}/changes`, undefined, token)
    const generations = history.body.changes.map(({ generation }: Change) => generation)
    expect(generations).toEqual([5, 4, 3, 2, 1])
  },
)

test.skipIf(!faketime)('a session survives a step back, and does not live longer', async () => {
  setClock(100 * 24)
  await start()
  const { token } = (await call('POST', '/fairlead/v1/session', ADA)).body
  const session = () => call('GET', '/fairlead/v1/session', undefined, token)
  setClock(0)
  const { status, body } = await session()
  expect([status, body.account?.email]).toEqual([200, ADA.email])
  const left = Date.parse(body.expires_at) - Date.now()
  expect(left).toBeGreaterThan(0)
  expect(left).toBeLessThanOrEqual(12 * HOUR)
  setClock(13)
  expect((await session()).status).toBe(401)
})
