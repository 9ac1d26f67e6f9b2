import type { Member } from './member.ts'
import type { PortSockets } from './port-sockets.ts'
import type { Holder, Route } from './route.ts'

/** Tells a worker that its node accepts what comes to these load balancers. */
export function activate(routes: Route[], member: Member): void {
  const lbs = routes.map(({ lbId, activeSince, failoverId }) => {
    return { lb_id: lbId, since: activeSince, failover_id: failoverId }
  })
  member.send({ type: 'activate', lbs })
}

/** Sends each holder the sockets that it is to have and does not, and takes from it what is another's. */
export function deliver(route: Route, sockets: PortSockets): void {
  for (const holder of route.holders.values()) {
    // Who is asked to stop accepting gets nothing to accept from.
    if (route.move?.yielding.has(holder.member)) continue
    for (const port of holder.ports) deliverPort(route, holder, port, sockets)
  }
}

function deliverPort(route: Route, holder: Holder, port: number, all: PortSockets): void {
  const { member, address } = holder
  const place = { lb_id: route.lbId, address, port }
  const sockets = all.open(route.lbId, address, port)
  // Served when who has it has let go.
  if (sockets === 'held') return
  if ('code' in sockets) {
    member.send({ type: 'socket_failed', ...place, code: sockets.code })
    return
  }
  const has = holder.has.get(port) ?? new Set<number>()
  const due = route.shardsFor(holder, port, sockets.length)
  for (const shard of due.difference(has)) {
    member.send({ type: 'socket', ...place, shard }, sockets[shard - 1])
  }
  for (const shard of has.difference(due)) {
    member.send({ type: 'socket_withdrawn', ...place, shard })
  }
  holder.has.set(port, due)
}
