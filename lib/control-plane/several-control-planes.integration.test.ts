import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { addSharedHosts } from '#lib/testing/control-plane/host-nodes.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { databaseOn } from '#lib/testing/control-plane/test-postgres.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const LBS = '/lb/v1/regions/fr-par/lbs'
const IPS = '/lb/v1/regions/fr-par/ips'
/** Concurrent clients at each control plane. */
const CLIENTS = 4
const SETUP = '/fairlead/v1/setup'

describe.skipIf(missingPrograms('postgres'))('two control planes on one database', () => {
  let server: ServerProgram
  let directory: string
  let both: RunningControlPlane[] = []
  const keyFile = () => join(directory, 'secrets.key')
  const start = () =>
    runControlPlane({
      ...{ database: databaseOn(server), keyFile: keyFile() },
      ...{ hasLocalNodes: false, nodes: [] },
    })

  beforeAll(async () => {
    server = await startPostgres('127.0.0.1', await freePort())
    directory = mkdtempSync(join(tmpdir(), 'fairlead-two-'))
    await addSharedHosts(databaseOn(server), keyFile(), 'a1', 'b1')
  })
  beforeEach(async () => {
    both = [await start(), await start()]
  })
  afterEach(async () => {
    for (const controlPlane of both) await controlPlane.stop()
  })
  afterAll(async () => {
    await server.remove()
    rmSync(directory, { recursive: true })
  })

  test('accept the same set-up link, once', async () => {
    const [first, second] = both
    const tokens = both.map(
      ({ supervisorMessages }) =>
        supervisorMessages.find((message) => message.type === 'setup_needed')?.token,
    )
    expect(tokens[0]).toBeTruthy()
    expect(tokens[1]).toBe(tokens[0])
    const input = { ...ADA, token: tokens[0] }
    expect((await second?.call('POST', SETUP, input, {}))?.status).toBe(200)
    const again = await first?.call('POST', SETUP, { ...input, email: 'bob@example.com' }, {})
    expect([again?.status, again?.body.precondition]).toEqual([412, 'first_account'])
  })

  test('store a failover once that is reported to both', async () => {
    const [first] = both
    const { body: lb } = (await first?.call('POST', LBS, { name: 'shop' })) ?? { body: {} }
    const failovers: Failover[] = Array.from({ length: 20 }, (_, gap_ms) => ({
      ...{ id: randomUUID(), lb_id: lb.id, at: new Date().toISOString() },
      ...({ from: 'a', to: 'b', reason: 'hung', gap_ms } as const),
    }))
    await Promise.all(
      failovers.flatMap((failover) =>
        both.map(({ onSupervisor }) =>
          onSupervisor({ type: 'failed_over', failovers: [failover] }),
        ),
      ),
    )
    for (const { call } of both) {
      const { body } = await call('GET', `/fairlead/v1/lbs/${lb.id}/failovers`)
      expect(body.failovers).toHaveLength(20)
      const { body: history } = await call('GET', `/fairlead/v1/lbs/${lb.id}/changes?page_size=100`)
      const entries = history.changes.filter(({ verb }: { verb: string }) => verb === 'failover')
      expect(entries).toHaveLength(20)
    }
  })

  /** Has the clients of both control planes do the same at once. @returns what all of them did */
  async function concurrently<T>(work: (controlPlane: RunningControlPlane) => Promise<T>) {
    const clients = both.flatMap((one) => Array.from({ length: CLIENTS }, () => one))
    return Promise.all(clients.map(work))
  }

  test('give no address twice, also when others are released', async () => {
    const allocated = await concurrently(async ({ call }) => {
      const kept: { id: string; ip_address: string }[] = []
      for (let at = 0; at < 12; at += 1) {
        const { status, body } = await call('POST', IPS, {})
        expect(status).toBe(200)
        if (at % 3 !== 0) kept.push(body)
        else expect((await call('DELETE', `${IPS}/${body.id}`)).status).toBe(204)
      }
      return kept
    })
    const ips = allocated.flat()
    expect(ips).toHaveLength(2 * CLIENTS * 8)
    expect(new Set(ips.map(({ ip_address: address }) => address)).size).toBe(ips.length)
    for (const { call } of both) {
      const { body } = await call('GET', `${IPS}?page_size=100`)
      // Other tests' load balancers have some, too.
      const free = body.ips.filter(({ lb_id: of }: { lb_id: string | null }) => of === null)
      expect(free.map(({ id }: { id: string }) => id).sort()).toEqual(
        ips.map(({ id }) => id).sort(),
      )
    }
    const [first] = both
    for (const { id } of ips) await first?.call('DELETE', `${IPS}/${id}`)
  })

  test('accept one of the edits that depend on the same state, whichever gets it', async () => {
    const [first] = both
    const { body: lb } = (await first?.call('POST', LBS, { name: '0' })) ?? { body: {} }
    const path = `${LBS}/${lb.id}`
    const refused = await concurrently(async ({ call, settings }) => {
      let lost = 0
      for (let done = 0; done < 10; ) {
        const { body, headers } = await call('GET', path)
        const update = { name: `${Number(body.name) + 1}` }
        const ifMatch = { 'If-Match': headers.get('etag') ?? '' }
        const token = { 'X-Auth-Token': settings.credentials?.secretKey ?? '' }
        const { status } = await call('PUT', path, update, { ...token, ...ifMatch })
        expect([200, 412]).toContain(status)
        if (status === 200) done += 1
        else lost += 1
      }
      return lost
    })
    // Each edit counts on from the one before it, so none is lost.
    expect((await first?.call('GET', path))?.body.name).toBe(`${2 * CLIENTS * 10}`)
    expect(refused.reduce((sum, lost) => sum + lost)).toBeGreaterThan(0)
  })
})
