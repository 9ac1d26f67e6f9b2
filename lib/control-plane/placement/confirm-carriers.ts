import { contain } from '#lib/process/faults.ts'
import { OrderRefused } from '../locks/held-lock.ts'
import type { HostReports } from '../nodes/hosts/host-links.ts'
import type { HostOrders } from '../nodes/hosts/host-orders.ts'
import type { StoredPair } from './pairs.ts'

/** How long a host may take to report its carriers. Milliseconds. */
const REPORT_MS = 2000
/** Hosts report one after the other, so the second report since now was sent after the first one had arrived. */
const REPORTS = 2

type Parts = { hosts: HostReports; orders: HostOrders }

/**
 * Has the connected hosts of pairs report their carriers, because another control plane may just have changed them. Resolves when what is
 * known is not older than the call.
 * @throws OrderRefused if a host doesn't answer
 */
export async function confirmCarriers(parts: Parts, pairs: readonly StoredPair[]): Promise<void> {
  const nodeIds = new Set(pairs.flatMap(({ a, b }) => [a, b]))
  await Promise.all([...nodeIds].map((nodeId) => confirmed(parts, nodeId)))
}

async function confirmed({ hosts, orders }: Parts, nodeId: string): Promise<void> {
  if (!hosts.isConnected(nodeId)) return
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let reports = 0
  const unsubscribe = hosts.subscribe((from, report) => {
    if (from !== nodeId) return
    if (report === null) resolve()
    if (report?.type !== 'carriers') return
    reports += 1
    if (reports === REPORTS) resolve()
    else orders.ping(nodeId)
  })
  const refused = () => reject(new OrderRefused(`${orders.nameOf(nodeId)} does not answer.`))
  const timer = setTimeout(contain('takeover', refused, refused), REPORT_MS)
  orders.ping(nodeId)
  try {
    await promise
  } finally {
    clearTimeout(timer)
    unsubscribe()
  }
}
