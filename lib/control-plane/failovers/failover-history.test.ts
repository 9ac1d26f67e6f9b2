import { randomUUID } from 'node:crypto'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AuditLine } from '#lib/core/audit.ts'
import type { ChangeList } from '#lib/core/change.ts'
import type { Failover } from '#lib/core/failover.ts'
import type { ControlPlaneToSupervisor } from '#lib/protocol/supervision.ts'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import {
  ACCESS_KEY,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { openStoreOf } from '#lib/testing/control-plane/test-database.ts'
import { testRegistry } from '#lib/testing/control-plane/test-nodes.ts'
import { Authority } from '../authority/authority.ts'
import { Fleet } from '../nodes/observed/fleet.ts'
import { feedAfter } from '../services/audit/audit-feed.ts'
import { listAudit } from '../services/audit/list-audit.ts'
import { Signal } from '../store/signal.ts'
import { Switchovers } from './switchovers.ts'

const REGION = '/lb/v1/regions/fr-par'
const OWN = '/fairlead/v1'

let controlPlane: RunningControlPlane
let lb: { id: string; name: string }
beforeEach(async () => {
  controlPlane = await runControlPlane()
  lb = (await controlPlane.call('POST', `${REGION}/lbs`, { name: 'site' })).body
})
afterEach(() => controlPlane.stop())

const rename = (name: string, headers?: Record<string, string>) =>
  controlPlane.call('PUT', `${REGION}/lbs/${lb.id}`, { name }, headers)

/** A failover that the test reports in the supervisor's place. */
const failover = (changes: Partial<Failover> = {}): Failover => ({
  id: randomUUID(),
  lb_id: lb.id,
  at: '2026-01-01T10:00:00.000Z',
  from: 'a',
  to: 'b',
  reason: 'ended',
  gap_ms: 11.2,
  ...changes,
})
const report = (...failovers: Failover[]) =>
  controlPlane.onSupervisor({ type: 'failed_over', failovers })

async function history(query = ''): Promise<ChangeList> {
  return (await controlPlane.call('GET', `${OWN}/lbs/${lb.id}/changes${query}`)).body
}

test('a failover is an entry of the history, in order with edits', async () => {
  await rename('before')
  const killed = failover()
  await report(killed)
  await rename('after')
  const { changes } = await history()
  expect(changes.map(({ verb, generation }) => [verb, generation])).toEqual([
    ['update', 3],
    ['failover', null],
    ['update', 2],
    ['create', 1],
    ['create', 1],
  ])
  expect(changes[1]).toMatchObject({
    actor: { kind: 'system', name: 'failover' },
    resource: { type: 'lb', id: lb.id },
    before: { name: 'before', active_cluster: 'a' },
    after: { name: 'before', active_cluster: 'b' },
    failover: {
      id: killed.id,
      from_node: 'fr-par-a',
      to_node: 'fr-par-b',
      reason: 'ended',
      gap_ms: 11.2,
    },
  })
  expect(changes.filter((one) => one.failover !== null)).toHaveLength(1)
})

test('a page can begin after an entry of any kind', async () => {
  await report(failover())
  await rename('after')
  await report(failover({ from: 'b', to: 'a' }))
  const pages: string[] = []
  for (let before = ''; ; ) {
    const [entry] = (await history(`?page_size=1${before}`)).changes
    if (!entry) break
    pages.push(entry.verb)
    before = `&before=${entry.id}`
  }
  expect(pages).toEqual(['failover', 'update', 'failover', 'create', 'create'])
})

test('edits and failovers can be listed alone', async () => {
  await report(failover())
  await rename('after')
  const verbs = async (kind: string) =>
    (await history(`?kind=${kind}`)).changes.map(({ verb }) => verb)
  expect(await verbs('failovers')).toEqual(['failover'])
  expect(await verbs('edits')).toEqual(['update', 'create', 'create'])
  expect(await history('?kind=failovers')).toMatchObject({ total_count: 1 })
  const { status } = await controlPlane.call('GET', `${OWN}/lbs/${lb.id}/changes?kind=all`)
  expect(status).toBe(400)
})

test('a switchover records who requested it, even if the reply is late', async () => {
  const store = await openStoreOf(controlPlane.settings)
  const orders: ControlPlaneToSupervisor[] = []
  const parts = { store, commits: new Signal(), fleet: new Fleet(await testRegistry()) }
  const log = pino({ level: 'silent' })
  const switchovers = new Switchovers((order) => orders.push(order), { ...parts, log }, 1)
  const ada = {
    actor: { kind: 'account', id: 'u1', name: 'ada@example.com' },
    origin: null,
  } as const
  const ordering = switchovers.order({ type: 'switch_over', lb_id: lb.id }, ada, Authority.system)
  await expect(ordering).rejects.toMatchObject({ status: 503 })
  const [order] = orders
  if (order?.type !== 'switch_over') throw new Error('no order')
  const failovers = [failover({ reason: 'planned', gap_ms: 0.8 })]
  await switchovers.receive({ type: 'moved', id: order.id, failovers, problem: null })
  await store.close()
  expect((await history()).changes[0]).toMatchObject({
    verb: 'switch_over',
    actor: ada.actor,
    failover: { id: failovers[0]?.id, reason: 'planned', gap_ms: 0.8 },
  })
})

test('a failover does not increment the generation, and nodes are sent nothing', async () => {
  using node = await follow(controlPlane, 'fr-par-a')
  expect(await node.untilSynced()).toMatchObject([{ config: { generation: 1 } }])
  await report(failover())
  await rename('after')
  expect(await node.next()).toMatchObject({ type: 'apply', config: { generation: 2 } })
})

test('a failover is not an edit: it is no state to restore, and If-Match ignores it', async () => {
  const { headers } = await controlPlane.call('GET', `${REGION}/lbs/${lb.id}`)
  await rename('edited')
  await report(failover())
  const stale = await rename('stale', {
    'X-Auth-Token': controlPlane.settings.credentials?.secretKey ?? '',
    'If-Match': headers.get('etag') ?? '',
  })
  expect(stale.body.help_message).toMatch(new RegExp(`^${ACCESS_KEY} changed it at `))
  const [entry] = (await history()).changes
  const restore = `${OWN}/lbs/${lb.id}/restore?dry_run=true`
  const restored = await controlPlane.call('POST', restore, { change_id: entry?.id })
  expect(restored.body).toMatchObject({ dry_run: true, steps: [] })
})

test('a failover is not in the audit log', async () => {
  await report(failover())
  await rename('after')
  const store = await openStoreOf(controlPlane.settings)
  const expected = ['change ip', 'change lb', 'change lb']
  const summary = ({ event, change }: Pick<AuditLine, 'event' | 'change'>) =>
    change ? `${event} ${change.resource.type}` : event
  const { lines } = await listAudit({ ctx: { store }, query: { kind: 'changes' } })
  expect(lines.map(summary).sort()).toEqual(expected)
  const exported = await feedAfter(store.reader, null)
  expect(
    exported
      .filter(({ event }) => event === 'change')
      .map(summary)
      .sort(),
  ).toEqual(expected)
  await store.close()
})

test('the last hundred failovers are kept, each once, and are deleted with their load balancer', async () => {
  const many = Array.from({ length: 130 }, (_, index) => failover({ gap_ms: index }))
  const unknown = failover({ lb_id: '00000000-0000-4000-8000-000000000000' })
  await report(...many, unknown)
  await report(...many.slice(50, 51))
  await rename('after')
  const gaps = (all: { gap_ms: number }[]) => all.map(({ gap_ms }) => gap_ms)
  const list = `${OWN}/lbs/${lb.id}/failovers`
  const { body: page } = await controlPlane.call('GET', `${list}?page_size=2`)
  expect([page.total_count, gaps(page.failovers)]).toEqual([100, [129, 128]])
  const { changes, total_count } = await history('?kind=failovers&page_size=2')
  expect([total_count, gaps(changes.flatMap((one) => one.failover ?? []))]).toEqual([
    100,
    [129, 128],
  ])
  expect((await history('?kind=edits')).total_count).toBe(3)
  const { body: observed } = await controlPlane.call('GET', `${OWN}/lbs/${lb.id}/observed`)
  expect(observed.last_failover).toEqual(many.at(-1))
  await controlPlane.call('DELETE', `${REGION}/lbs/${lb.id}`)
  expect((await controlPlane.call('GET', list)).status).toBe(404)
})

test('a failover that is reported again after it was deleted is not stored again', async () => {
  const start = Date.parse('2026-01-01T10:00:00.000Z')
  const many = Array.from({ length: 250 }, (_, number) =>
    failover({ gap_ms: number, at: new Date(start + number).toISOString() }),
  )
  for (const one of many) await report(one)
  // What another host reports of a time between is kept: it wasn't deleted.
  const between = failover({ gap_ms: 1000, at: many[200]?.at ?? '' })
  await report(between)
  // Reports that waited, all at once and one after the other.
  await report(...many)
  for (const one of many.slice(0, 20)) await report(one)
  const { failovers } = (
    await controlPlane.call('GET', `${OWN}/lbs/${lb.id}/failovers?page_size=100`)
  ).body
  expect(failovers.map(({ gap_ms }: Failover) => gap_ms)).toEqual([
    1000,
    ...Array.from({ length: 99 }, (_, at) => 249 - at),
  ])
})
