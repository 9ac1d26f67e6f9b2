import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LbOverviewList, ServerState } from '#lib/core/observed.ts'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { lbReport, listener, server } from '#lib/testing/control-plane/reports.ts'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const A = '127.0.2.1'
const B = '127.0.2.2'

let controlPlane: RunningControlPlane
let nodes: Awaited<ReturnType<typeof follow>>[]
/** The IDs by name. */
const ids = new Map<string, string>()

/** A load balancer with a frontend and these servers, which both its nodes report. */
async function create(name: string, servers: Record<string, ServerState>, more: object = {}) {
  const region = 'region' in more ? more.region : 'fr-par'
  const { body: lb } = await controlPlane.call('POST', `/lb/v1/regions/${region}/lbs`, {
    name,
    backends: [backendInput({ server_ip: Object.keys(servers) })],
    frontends: [{ name: 'http', inbound_port: 80, backend: 'web' }],
    ...more,
  })
  ids.set(name, lb.id)
  if (region === 'fr-par') await report(name, servers)
}

async function report(name: string, servers: Record<string, ServerState>) {
  const id = ids.get(name) ?? ''
  const { body } = await controlPlane.call('GET', `/lb/v1/regions/fr-par/lbs/${id}/backends`)
  const observed = Object.entries(servers).map(([address, state]) =>
    server(body.backends[0].id, address, state),
  )
  const [first, second] = nodes
  const state = { lb_id: id, servers: observed }
  await first?.report(lbReport({ ...state, active: true, listeners: [listener('listening')] }))
  await second?.report(lbReport({ ...state, listeners: [listener('standby')] }))
}

beforeAll(async () => {
  controlPlane = await runControlPlane()
  nodes = [await follow(controlPlane, 'fr-par-a'), await follow(controlPlane, 'fr-par-b')]
  await create('ok 2', { [A]: 'up' }, { tags: ['shop'] })
  await create('down', { [A]: 'down' })
  await create('partly', { [A]: 'down', [B]: 'up' }, { tags: ['shop'] })
  await create('ok 1', { [A]: 'up' })
  await create('empty', {})
  await create('partly 0', { [A]: 'up', [B]: 'down' })
  await create('new', { [A]: 'up' }, { region: 'nl-ams' })
})
afterAll(async () => {
  for (const node of nodes) node.close()
  await controlPlane.stop()
})

async function list(query: string): Promise<LbOverviewList> {
  return (await controlPlane.call('GET', `/fairlead/v1/lbs?${query}`)).body
}

const names = async (query: string) => (await list(query)).lbs.map(({ lb }) => lb.name)

const WORST_FIRST = ['down', 'empty', 'partly', 'partly 0', 'new', 'ok 1', 'ok 2']
const BEST_FIRST = ['ok 1', 'ok 2', 'new', 'partly', 'partly 0', 'empty', 'down']

test.each([
  ['health_asc', WORST_FIRST],
  ['health_desc', BEST_FIRST],
])('the list with %s, over pages of every size', async (order, expected) => {
  await expect.poll(() => names(`order_by=${order}`)).toEqual(expected)
  for (const size of [1, 2, 3, 4, 5, 6]) {
    const found: string[] = []
    for (let page = 1; page <= Math.ceil(expected.length / size); page += 1) {
      const { lbs, total_count } = await list(`order_by=${order}&page=${page}&page_size=${size}`)
      expect(total_count).toBe(expected.length)
      found.push(...lbs.map(({ lb }) => lb.name))
    }
    expect(found).toEqual(expected)
  }
})

test.each([
  ['health=failing', ['down']],
  ['health=degraded&health=no_servers', ['partly', 'empty', 'partly 0']],
  ['health=healthy', ['ok 2', 'ok 1']],
  ['health=healthy&health=failing&order_by=name_asc', ['down', 'ok 1', 'ok 2']],
  ['health=healthy&health=degraded&order_by=health_asc', ['partly', 'partly 0', 'ok 1', 'ok 2']],
  ['health=error', []],
  ['order_by=health_asc&tags=shop', ['partly', 'ok 2']],
  ['order_by=health_desc&search=partly', ['partly', 'partly 0']],
  ['order_by=health_asc&region=nl-ams', ['new']],
])('the list with ?%s', async (query, expected) => {
  await expect.poll(() => names(query)).toEqual(expected)
  expect((await list(query)).total_count).toBe(expected.length)
})

test('a list follows reports, commits and nodes that disconnect', async () => {
  await report('ok 1', { [A]: 'down' })
  await expect.poll(() => names('health=failing')).toEqual(['down', 'ok 1'])
  await report('ok 1', { [A]: 'up' })
  await expect.poll(() => names('health=failing')).toEqual(['down'])

  await controlPlane.call('DELETE', `/lb/v1/regions/fr-par/lbs/${ids.get('empty')}`)
  await expect.poll(() => names('health=no_servers')).toEqual([])
  const shown = await list('order_by=health_asc')
  expect([shown.lbs.length, shown.total_count]).toEqual([6, 6])

  nodes[1]?.close()
  // Connected nodes have a moment to start; then an instance that is not running degrades the load balancer.
  await expect
    .poll(() => names('health=degraded'), { timeout: 20_000 })
    .toEqual(['ok 2', 'partly', 'ok 1', 'partly 0'])
}, 30_000)

test('an unknown health is refused', async () => {
  const { status } = await controlPlane.call('GET', '/fairlead/v1/lbs?health=fine')
  expect(status).toBe(400)
})
