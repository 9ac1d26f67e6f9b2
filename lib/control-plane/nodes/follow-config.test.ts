import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { problemText } from '#lib/core/problem.ts'
import { onFault } from '#lib/process/faults.ts'
import { ConfigMessage } from '#lib/protocol/stream.ts'
import { follow, knownFrom } from '#lib/testing/control-plane/follow-stream.ts'
import { lbReport, listener, server } from '#lib/testing/control-plane/reports.ts'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const PARIS = '/lb/v1/regions/fr-par'
let controlPlane: RunningControlPlane

beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

async function createLb(region = 'fr-par', input: object = {}) {
  const path = `/lb/v1/regions/${region}/lbs`
  return (await controlPlane.call('POST', path, { name: 'lb', ...input })).body
}

const web = {
  backends: [backendInput()],
  frontends: [{ name: 'http', inbound_port: 80, backend: 'web' }],
}

describe('stream of a node', () => {
  test('gets the configurations that differ from those it has, then only changes', async () => {
    const one = await createLb('fr-par', web)
    const two = await createLb()
    const gone = await createLb()
    using earlier = await follow(controlPlane, 'fr-par-a')
    const { [one.id]: _one, ...known } = knownFrom(await earlier.untilSynced())
    earlier.close()
    await controlPlane.call('DELETE', `${PARIS}/lbs/${gone.id}`)
    await createLb('nl-ams')
    using node = await follow(controlPlane, 'fr-par-a', known)
    const first = await node.untilSynced()
    expect(first.map((message) => ConfigMessage.parse(message))).toMatchObject([
      { type: 'remove', lb_id: gone.id },
      { type: 'apply', config: { lb_id: one.id, generation: 1, address: one.ip[0].ip_address } },
    ])

    const path = `${PARIS}/lbs/${two.id}`
    await controlPlane.call('PUT', path, { name: 'renamed' })
    expect(await node.next()).toMatchObject({ config: { lb_id: two.id, generation: 2 } })

    await createLb('nl-ams')
    const { body: backend } = await controlPlane.call('POST', `${path}/backends`, backendInput())
    expect(await node.next()).toMatchObject({
      type: 'apply',
      config: {
        lb_id: two.id,
        generation: 3,
        backends: [{ id: backend.id, servers: backend.pool }],
      },
    })

    await controlPlane.call('DELETE', path)
    expect(await node.next()).toEqual({ type: 'remove', lb_id: two.id })
  })

  test('a node that is up to date gets nothing', async () => {
    using earlier = await follow(controlPlane, 'fr-par-b')
    const known = knownFrom(await earlier.untilSynced())
    expect(Object.keys(known).length).toBeGreaterThan(0)
    using node = await follow(controlPlane, 'fr-par-b', known)
    expect(await node.untilSynced()).toEqual([])
  })

  test('a node releases an address before another load balancer gets it', async () => {
    const old = await createLb('nl-ams')
    using node = await follow(controlPlane, 'nl-ams-a')
    await node.untilSynced()
    await controlPlane.call('DELETE', `/lb/v1/regions/nl-ams/lbs/${old.id}`)
    const heir = await createLb('nl-ams', { ip_id: old.ip[0].id })
    expect(await node.next()).toEqual({ type: 'remove', lb_id: old.id })
    expect(await node.next()).toMatchObject({
      config: { lb_id: heir.id, address: old.ip[0].ip_address },
    })
  })

  test('a ping is sent while nothing changes', async () => {
    using node = await follow(controlPlane, 'nl-ams-b')
    await node.untilSynced()
    expect((await node.messages.next()).value).toEqual({ type: 'ping' })
  })
})

describe('what nodes report', () => {
  test('makes a load balancer ready, and shows which instance is active', async () => {
    const lb = await createLb('fr-par', web)
    const get = async () => (await controlPlane.call('GET', `${PARIS}/lbs/${lb.id}`)).body
    const observed = async () =>
      (await controlPlane.call('GET', `/fairlead/v1/lbs/${lb.id}/observed`)).body
    expect(await get()).toMatchObject({ status: 'creating' })
    const [master, backup] = (await get()).instances
    expect([master.role, backup.role]).toEqual(['master', 'backup'])

    using first = await follow(controlPlane, `fr-par-${master.cluster as 'a' | 'b'}`)
    using second = await follow(controlPlane, `fr-par-${backup.cluster as 'a' | 'b'}`)
    const frontend = (await controlPlane.call('GET', `${PARIS}/lbs/${lb.id}/frontends`)).body
    const backend = frontend.frontends[0].backend
    const servers = [server(backend.id, '127.0.2.1', 'up'), server(backend.id, '127.0.2.2', 'down')]
    const active = { active: true, listeners: [listener('listening')], servers }
    await first.report(lbReport({ lb_id: lb.id, ...active }))
    expect(await get()).toMatchObject({ status: 'creating' })
    await second.report(lbReport({ lb_id: lb.id, listeners: [listener('standby')], servers }))
    expect(await get()).toMatchObject({
      status: 'ready',
      instances: [
        { status: 'ready', active: true, role: 'master', id: master.id },
        { status: 'ready', active: false, role: 'backup', id: backup.id },
      ],
    })
    expect(await observed()).toMatchObject({
      ...{ generation: 1, applied_on: 2 },
      health: { state: 'degraded', reason: '1 of 2 servers is down' },
      problems: [{ object: { type: 'backend', name: 'web' }, message: '1 of 2 servers is down.' }],
    })
    expect((await observed()).instances[0].applied_after_ms).toBeGreaterThanOrEqual(0)
    const overview = await controlPlane.call('GET', `/fairlead/v1/lbs/${lb.id}`)
    expect(overview.body).toMatchObject({
      ...{ servers: 2, servers_up: 1, health: { state: 'degraded' } },
    })
    expect(overview.headers.get('etag')).toBe('"1"')
    const stats = await controlPlane.call('GET', `${PARIS}/lbs/${lb.id}/backend-stats`)
    expect(stats.body.total_count).toBe(4)
    expect(stats.body.backend_servers_stats).toContainEqual({
      instance_id: master.id,
      backend_id: backend.id,
      ip: '127.0.2.2',
      server_state: 'stopped',
      server_state_changed_at: '2026-07-21T10:17:00Z',
      last_health_check_status: 'failed',
    })

    // The master's node disconnects: its reports are dropped, and the backup serves.
    first.close()
    await second.report(lbReport({ lb_id: lb.id, ...active }))
    await expect
      .poll(async () => (await observed()).instances[0])
      .toMatchObject({ connected: false, active: false, applied_generation: null })
    expect(await get()).toMatchObject({
      status: 'ready',
      instances: [{ active: false }, { active: true, status: 'ready' }],
    })

    // The load balancer stays ready while the instance applies a change.
    await controlPlane.call('PUT', `${PARIS}/lbs/${lb.id}`, { name: 'renamed' })
    expect(await get()).toMatchObject({ status: 'ready', instances: [{}, { status: 'pending' }] })
    expect(await observed()).toMatchObject({ generation: 2, applied_on: 0 })

    const problem = 'Port 80 needs the right to bind ports under 1024.'
    const failing = { active: true, generation: 2, listeners: [listener('failed', problem)] }
    await second.report(lbReport({ lb_id: lb.id, ...failing }))
    expect(await get()).toMatchObject({ status: 'error', instances: [{}, { status: 'error' }] })
    expect((await observed()).problems).toContainEqual(
      expect.objectContaining({ message: problem, severity: 'critical' }),
    )
  })
})

test('the supervisor gets the regions that need nodes', async () => {
  await using fresh = await runControlPlane()
  const regions = () =>
    fresh.supervisorMessages.flatMap((message) => ('regions' in message ? [message.regions] : []))
  const create = (region: string) =>
    fresh.call('POST', `/lb/v1/regions/${region}/lbs`, { name: 'x' })
  const amsterdam = (await create('nl-ams')).body
  await create('fr-par')
  await create('fr-par')
  await fresh.call('DELETE', `/lb/v1/regions/nl-ams/lbs/${amsterdam.id}`)
  await expect.poll(regions).toEqual([[], ['nl-ams'], ['fr-par', 'nl-ams'], ['fr-par']])
})

test.each([
  ['planned', 'null'],
  ['read', '{'],
])(
  'a load balancer that cannot be %s keeps its former configuration, and the others get theirs',
  async (_, damaged) => {
    const faults: unknown[] = []
    onFault((fault) => faults.push(fault))
    onTestFinished(() => onFault(null))
    const [broken, sound] = [await createLb('fr-par', web), await createLb()]
    using node = await follow(controlPlane, 'fr-par-a')
    await node.untilSynced()
    // No request can write this, but an earlier version or an operator could have.
    const { database } = controlPlane
    const damage = async (value: string) =>
      (
        await sql`update backends set health_check = ${value} where lb_id = ${broken.id} returning id`.execute(
          database,
        )
      ).rows
    const backends = database.selectFrom('backends').select('health_check')
    const [kept] = await backends.where('lb_id', '=', broken.id).execute()
    expect(await damage(damaged)).toHaveLength(1)

    const rename = (id: string) =>
      controlPlane.call('PUT', `${PARIS}/lbs/${id}`, { name: 'renamed' })
    await rename(broken.id)
    await rename(sound.id)
    expect(await node.next()).toMatchObject({ config: { lb_id: sound.id, generation: 2 } })
    expect(faults).toHaveLength(1)
    using other = await follow(controlPlane, 'fr-par-b')
    const sent = Object.keys(knownFrom(await other.untilSynced()))
    expect([sent.includes(sound.id), sent.includes(broken.id)]).toEqual([true, false])
    const problems = async () =>
      (await controlPlane.call('GET', `/fairlead/v1/lbs/${broken.id}/observed`)).body.problems.map(
        problemText,
      )
    await damage(JSON.stringify(kept?.health_check))
    expect(await problems()).toContainEqual(
      expect.stringMatching(/^Generation 2 isn't sent to the nodes because planning it failed: ./),
    )

    await rename(broken.id)
    expect(await node.next()).toMatchObject({ config: { lb_id: broken.id, generation: 3 } })
    expect((await problems()).join()).not.toMatch(/planning/)
  },
)
