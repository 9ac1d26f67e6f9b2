import type { Claimant, LbOwnership } from './lb-ownership.ts'
import type { PortSockets } from './port-sockets.ts'

/** Sends each claimant the sockets that it lacks, and withdraws those that another worker gets. */
export function distributeSockets(ownership: LbOwnership, sockets: PortSockets): void {
  for (const claimant of ownership.claimants.values()) {
    // A worker that was asked to stop accepting gets no sockets until it has.
    if (ownership.switchover?.stopping.has(claimant.worker)) continue
    for (const port of claimant.ports) distributePort(ownership, claimant, port, sockets)
  }
}

function distributePort(
  ownership: LbOwnership,
  claimant: Claimant,
  port: number,
  all: PortSockets,
): void {
  const { worker, address, shards } = claimant
  const where = { lb_id: ownership.lbId, address, port }
  const sockets = all.open(ownership.lbId, { address, port, count: worker.workers })
  // `closeUnclaimed` serves it when the other load balancer has released the address.
  if (sockets === 'taken') return
  if ('code' in sockets) {
    worker.send({ type: 'socket_failed', ...where, code: sockets.code })
    return
  }
  const has = shards.get(port) ?? new Set<number>()
  const due = shardsDue(ownership, claimant, port, sockets.length)
  for (const shard of due.difference(has)) {
    worker.send({ type: 'socket', ...where, shard }, sockets[shard - 1])
  }
  for (const shard of has.difference(due)) {
    worker.send({ type: 'socket_withdrawn', ...where, shard })
  }
  shards.set(port, due)
}

/** A standby worker has its own shard; the owner's workers also have those of workers that are away or don't claim the port yet. */
function shardsDue(
  { owner, claimants }: LbOwnership,
  { worker, address }: Claimant,
  port: number,
  count: number,
): Set<number> {
  if (owner?.node !== worker.node) return new Set([worker.worker])
  const present = [...claimants.values()]
    .filter((one) => one.worker.node === worker.node)
    .filter((one) => one.address === address && one.ports.has(port))
  const numbers = present.map((one) => one.worker.worker)
  return shardsOf(worker.worker, numbers, count)
}

/**
 * The shards, of `count`, that a worker accepts from: its own, and its part of those of absent workers.
 * @param present the numbers of the node's workers that are there
 */
export function shardsOf(worker: number, present: number[], count: number): Set<number> {
  const numbers = present.toSorted((one, other) => one - other)
  const shards = Array.from({ length: count }, (_, index) => index + 1)
  const workerOf = (shard: number) =>
    numbers.includes(shard) ? shard : numbers[shard % numbers.length]
  return new Set(shards.filter((shard) => workerOf(shard) === worker))
}
