import type { BackendCounters, Counters, FrontendCounters } from '#lib/core/observed.ts'
import { faultCounts } from '#lib/process/faults.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { FaultReport, LbReport } from '#lib/protocol/report.ts'
import type { Fleet } from '../nodes/observed/fleet.ts'
import type { Reader } from '../store/reader.ts'
import { yieldEvery } from '../yield-every.ts'
import { labelText } from './exposition.ts'

/** What one process reports of one part. */
type Part<Values> = { labels: string } & Values

/** The data of all metrics at one time. */
export type Snapshot = {
  /** Connected processes per node. */
  nodes: [node: NodeName, processes: number][]
  /** When the certificates of joined nodes end, Unix time in seconds. */
  certificates: [node: NodeName, endsAt: number][]
  /** Faults of each node process, and of the control plane. */
  faults: { nodes: { node: NodeName; worker: number; faults: FaultReport[] }[]; own: FaultReport[] }
  lbs: { id: string; name: string; region: string; generation: number }[]
  frontends: { id: string; lb_id: string; name: string; inbound_port: number; backend_id: string }[]
  backends: { id: string; lb_id: string; name: string; forward_protocol: string }[]
  reported: {
    lbs: Part<{ report: LbReport }>[]
    frontends: Part<{ counters: FrontendCounters; listening: boolean }>[]
    backends: Part<{ counters: BackendCounters }>[]
    servers: Part<{ counters: Counters; observed: LbReport['servers'][number] | undefined }>[]
  }
}

export async function takeSnapshot(reader: Reader, fleet: Fleet): Promise<Snapshot> {
  const lbs = await reader
    .selectFrom('lbs')
    .select(['id', 'name', 'region', 'generation'])
    .execute()
  const frontends = await reader
    .selectFrom('frontends')
    .select(['id', 'lb_id', 'name', 'inbound_port', 'backend_id'])
    .execute()
  const backends = await reader
    .selectFrom('backends')
    .select(['id', 'lb_id', 'name', 'forward_protocol'])
    .execute()
  const certified = await reader
    .selectFrom('nodes')
    .select(['name', 'certificate_expires_at'])
    .where('certificate_expires_at', 'is not', null)
    .orderBy('name')
    .execute()
  return {
    certificates: certified.map(({ name, certificate_expires_at: end }) => [
      name,
      Math.floor(Date.parse(end ?? '') / 1000),
    ]),
    nodes: fleet.connectedWorkers(),
    faults: { nodes: [...fleet.faults()], own: faultCounts() },
    lbs,
    frontends,
    backends,
    reported: await readReports(fleet),
  }
}

async function readReports(fleet: Fleet): Promise<Snapshot['reported']> {
  const yieldWhenDue = yieldEvery()
  const reported: Snapshot['reported'] = { lbs: [], frontends: [], backends: [], servers: [] }
  // Copied, because reports arrive between the slices.
  for (const { node, worker, report } of [...fleet.reports()]) {
    await yieldWhenDue()
    const lb = report.lb_id
    const process = { node, worker }
    reported.lbs.push({ labels: labelText({ lb, ...process }), report })
    const listening = new Set(
      report.listeners.flatMap((one) => (one.state === 'listening' ? one.frontend_id : [])),
    )
    for (const [frontend, counters] of Object.entries(report.frontend_counters)) {
      const labels = labelText({ lb, frontend, ...process })
      reported.frontends.push({ labels, counters, listening: listening.has(frontend) })
    }
    for (const [backend, counters] of Object.entries(report.backend_counters)) {
      reported.backends.push({ labels: labelText({ lb, backend, ...process }), counters })
    }
    const observed = new Map(report.servers.map((one) => [`${one.backend_id}/${one.address}`, one]))
    for (const [key, counters] of Object.entries(report.server_counters)) {
      const [backend, server] = partsOfKey(key)
      const labels = labelText({ lb, backend, server, ...process })
      reported.servers.push({ labels, counters, observed: observed.get(key) })
    }
  }
  return reported
}

/** A server's key is "backend id/address". */
function partsOfKey(key: string): [backend: string, server: string] {
  const slash = key.indexOf('/')
  return [key.slice(0, slash), key.slice(slash + 1)]
}
