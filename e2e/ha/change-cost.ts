import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { Backend } from '#lib/core/backend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { ownNetwork } from '#lib/testing/loopback.ts'
import { Api, backendOf } from '../support/api.ts'
import { type Figure, quantile } from '../support/figures.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import type { Stage } from './stage.ts'

const REGION = '/lb/v1/regions/fr-par'
const RATIO_MAX = 1.2
const ADDRESSES_PER_NETWORK = 254
const CREATED_AT_ONCE = 8
/** The kernel's unit of CPU time, milliseconds. */
const TICK_MS = 10
const IDLE_MS = 5000

type Fleet = { installation: Installation; api: Api; backendId: string; lbId: string }
type Cost = { answerMs: number[]; effectMs: number[]; cpuMs: number }

/**
 * The cost of a change with many load balancers, compared with few: two installations, changed alternately, so that other load on
 * the machine affects both alike.
 */
export async function changeCost(counts: [few: number, many: number], changes: number) {
  const fleets = [await startFleet(counts[0]), await startFleet(counts[1])] as const
  try {
    const idle = await idleCpu(fleets)
    const costs = fleets.map((): Cost => ({ answerMs: [], effectMs: [], cpuMs: 0 }))
    for (let change = 0; change < changes; change += 1) {
      for (const [index, fleet] of fleets.entries())
        await measure(fleet, change, costs[index] as Cost)
    }
    return figuresOf(costs as [Cost, Cost], idle, counts, changes)
  } finally {
    for (const { installation } of fleets) await installation.remove()
  }
}

/** From one call that sets 300 servers to their being in effect on both nodes. */
export async function manyServers(
  { api, lbs }: Stage,
  { roomMs }: { roomMs: number },
): Promise<Figure[]> {
  const lb = lbs['fr-par']
  const servers = Array.from({ length: 300 }, (_, i) => `10.99.${i >> 8}.${i & 255}`)
  const idle = { ...backendOf([], 9), name: 'many' }
  const { id } = await api.ok<Backend>('POST', `${REGION}/lbs/${lb.id}/backends`, idle)
  const startedAt = performance.now()
  await api.ok('PUT', `${REGION}/backends/${id}/servers`, { server_ip: servers })
  const answered = performance.now() - startedAt
  await api.waitForApplied(lb.id)
  const value = performance.now() - startedAt
  await api.ok('DELETE', `${REGION}/backends/${id}`)
  const atMost = 1000 + roomMs
  return [
    { what: '300 servers set in one call, answered', value: answered, unit: 'ms' },
    { what: '300 servers set in one call, in effect on both', value, unit: 'ms', atMost },
  ]
}

async function startFleet(count: number): Promise<Fleet> {
  const networks = Array.from({ length: Math.ceil(count / ADDRESSES_PER_NETWORK) }, ownNetwork)
  const pools = networks.map((network) => `${network}.0/24`).join('+')
  const env = { FAIRLEAD_IP_POOLS: `fr-par=${pools},nl-ams=${ownNetwork()}.0/24` }
  const installation = await startInstallation({ env })
  const api = new Api(installation)
  const lbs: Lb[] = []
  const creating = async () => {
    while (lbs.length < count) lbs.push(await createLb(api, `lb-${lbs.length}`))
  }
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, creating))
  const lbId = lbs[0]?.id ?? ''
  await api.waitForApplied(lbs.at(-1)?.id ?? '')
  const { backends } = await api.children(lbId)
  return { installation, api, lbId, backendId: backends[0]?.id ?? '' }
}

/** Without servers, so that health checks do not count. */
function createLb(api: Api, name: string): Promise<Lb> {
  return api.ok('POST', `${REGION}/lbs`, {
    name,
    backends: [backendOf([], 80)],
    frontends: [{ name: 'http', inbound_port: 8000, backend: 'web' }],
  })
}

/** One change of a frontend and a backend, and back. */
async function measure({ api, backendId, lbId, installation }: Fleet, change: number, cost: Cost) {
  const cpu = cpuMs(installation)
  const startedAt = performance.now()
  const algorithm = change % 2 === 0 ? 'leastconn' : 'roundrobin'
  const fields = {
    name: 'web',
    forward_protocol: 'http',
    forward_port: 80,
    sticky_sessions: 'none',
  }
  const body = { ...fields, forward_port_algorithm: algorithm }
  await api.ok('PUT', `${REGION}/backends/${backendId}`, body)
  cost.answerMs.push(performance.now() - startedAt)
  const { instances } = await api.waitForApplied(lbId)
  cost.effectMs.push(Math.max(...instances.map(({ applied_after_ms: ms }) => ms ?? Number.NaN)))
  cost.cpuMs += cpuMs(installation) - cpu
}

/** CPU use of each installation without changes, milliseconds per second. */
async function idleCpu(fleets: readonly Fleet[]): Promise<number[]> {
  const before = fleets.map(({ installation }) => cpuMs(installation))
  await setTimeout(IDLE_MS)
  return fleets.map(
    ({ installation }, index) =>
      (cpuMs(installation) - (before[index] as number)) / (IDLE_MS / 1000),
  )
}

/** CPU time of all processes of an installation so far. */
function cpuMs(installation: Installation): number {
  return installation.processes().reduce((sum, { pid }) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [user = 0, system = 0] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number)
    return sum + (user + system) * TICK_MS
  }, 0)
}

function figuresOf(
  [few, many]: [Cost, Cost],
  idle: number[],
  counts: [number, number],
  changes: number,
): Figure[] {
  const median = (values: number[]) => quantile(values, 0.5)
  const name = `with ${counts[1]} load balancers, of that with ${counts[0]}`
  const ratio = (what: string, one: number, other: number): Figure => ({
    what: `${what} ${name}`,
    value: other / one,
    unit: '×',
    atMost: RATIO_MAX,
  })
  return [
    { what: 'answer, p50', value: median(few.answerMs), unit: 'ms' },
    ratio('time to the answer', median(few.answerMs), median(many.answerMs)),
    { what: 'in effect on both, p50', value: median(few.effectMs), unit: 'ms' },
    ratio('time to effect', median(few.effectMs), median(many.effectMs)),
    { what: 'CPU of all processes a change', value: few.cpuMs / changes, unit: 'ms' },
    ratio('CPU of all processes', few.cpuMs, many.cpuMs),
    { what: 'CPU a second while nothing changes, few', value: idle[0] ?? 0, unit: 'ms' },
    { what: 'CPU a second while nothing changes, many', value: idle[1] ?? 0, unit: 'ms' },
  ]
}
