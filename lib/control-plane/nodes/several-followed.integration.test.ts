import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LbOverview } from '#lib/core/observed.ts'
import type { ConfigMessage } from '#lib/protocol/stream.ts'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { follow, knownFrom } from '#lib/testing/control-plane/follow-stream.ts'
import { lbReport, listener, server as reportedServer } from '#lib/testing/control-plane/reports.ts'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { databaseOn } from '#lib/testing/control-plane/test-postgres.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'

const LBS = '/lb/v1/regions/fr-par/lbs'

describe.skipIf(missingPrograms('postgres'))('a node that follows two control planes', () => {
  let server: ServerProgram
  let directory: string
  let first: RunningControlPlane
  let second: RunningControlPlane
  let lb: { id: string }
  const start = (hasLocalNodes: boolean) => {
    const keyFile = join(directory, 'secrets.key')
    return runControlPlane({ database: databaseOn(server), keyFile, hasLocalNodes })
  }

  beforeAll(async () => {
    server = await startPostgres('127.0.0.1', await freePort())
    directory = mkdtempSync(join(tmpdir(), 'fairlead-followed-'))
  })
  beforeEach(async () => {
    // Several control planes create none on local nodes.
    const alone = await start(true)
    lb = (await alone.call('POST', LBS, { name: 'shop' })).body
    await alone.stop()
    first = await start(false)
    second = await start(false)
  })
  afterEach(async () => {
    await first.stop()
    await second.stop()
  })
  afterAll(async () => {
    await server.remove()
    rmSync(directory, { recursive: true })
  })

  /** The next message about a load balancer, as it was sent. */
  async function nextAbout(messages: AsyncGenerator<ConfigMessage>, id: string) {
    for (;;) {
      const { value: message, done } = await messages.next()
      if (done) throw new Error('The stream has ended')
      if (message.type === 'apply' && message.config.lb_id === id) return message
      if (message.type === 'remove' && message.lb_id === id) return message
    }
  }

  test('reports health to both, and each lists it', async () => {
    const input = backendInput({ server_ip: ['127.0.2.1'] })
    const { body: backend } = await first.call('POST', `${LBS}/${lb.id}/backends`, input)
    const frontend = { name: 'http', inbound_port: 80, backend_id: backend.id }
    await second.call('POST', `${LBS}/${lb.id}/frontends`, frontend)
    using masterAtFirst = await follow(first, 'fr-par-a')
    using masterAtSecond = await follow(second, 'fr-par-a')
    const listed = async (health: string) => {
      const query = `/fairlead/v1/lbs?order_by=health_asc&health=${health}`
      const lists = await Promise.all([first, second].map(({ call }) => call('GET', query)))
      return lists.map(({ body }) => body.lbs.map((one: LbOverview) => one.lb.id))
    }
    for (const [state, health] of [
      ['down', 'failing'],
      ['up', 'degraded'],
    ] as const) {
      const servers = [reportedServer(backend.id, '127.0.2.1', state)]
      const listeners = [listener('listening')]
      const report = lbReport({ lb_id: lb.id, active: true, generation: 3, listeners, servers })
      await masterAtFirst.report(report)
      await masterAtSecond.report(report)
      // Without its backup instance it is at best degraded.
      await expect.poll(() => listed(health), { timeout: 20_000 }).toEqual([[lb.id], [lb.id]])
    }
    expect(await listed('failing')).toEqual([[], []])
  }, 60_000)

  test('gets each change from both, with ascending positions that are equal for one state of the database', async () => {
    using one = await follow(first, 'fr-par-a')
    using other = await follow(second, 'fr-par-a')
    const streams = [one.messages, other.messages]
    const next = () => Promise.all(streams.map((messages) => nextAbout(messages, lb.id)))
    const positions = [await next()]
    await second.call('PUT', `${LBS}/${lb.id}`, { name: 'renamed' })
    positions.push(await next())
    await first.call('DELETE', `${LBS}/${lb.id}`)
    positions.push(await next())
    const [created, renamed, removed] = positions.map((messages) =>
      messages.map(({ as_of }) => as_of ?? 0),
    )
    expect(created?.[0]).toBeGreaterThan(0)
    expect(created?.[1]).toBe(created?.[0])
    expect(Math.min(...(renamed ?? []))).toBeGreaterThan(Math.max(...(created ?? [])))
    expect(Math.min(...(removed ?? []))).toBeGreaterThan(Math.max(...(renamed ?? [])))
    expect(positions.map(([message]) => message?.type)).toEqual(['apply', 'apply', 'remove'])
  })

  test('gets what was decided about a divergence at one of them from the other, too', async () => {
    using before = await follow(first, 'fr-par-a')
    const known = knownFrom(await before.untilSynced())
    before.close()
    const config = known[lb.id]
    if (!config) throw new Error('The node was not sent the load balancer')
    const foreign = { ...known, [lb.id]: { ...config, generation: 7, revision: 'foreign' } }
    using one = await follow(first, 'fr-par-a', foreign)
    using other = await follow(second, 'fr-par-a', foreign)
    expect([await one.untilSynced(), await other.untilSynced()]).toEqual([[], []])
    const { body } = await first.call('POST', '/fairlead/v1/follow-database', {})
    expect(body.followed).toEqual([lb.id])
    const messages = [await one.next(), await other.next()]
    const sent = { type: 'apply', config: { lb_id: lb.id, generation: 8 } }
    expect(messages).toMatchObject([sent, sent])
    const divergences = await second.call('GET', '/fairlead/v1/divergences')
    expect(divergences.body.divergences).toEqual([])
  })
})
