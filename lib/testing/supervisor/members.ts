import type { NodeName } from '#lib/protocol/stream.ts'
import type { SupervisorToNode } from '#lib/protocol/supervision.ts'
import type { BoundSocket } from '#lib/supervisor/address-ownership/bind-socket.ts'
import type { Member } from '#lib/supervisor/address-ownership/member.ts'

/** What tests of the router have in common. */

/** Derived from the PID, so that parallel test runs don't collide. */
export const ADDRESS = `127.77.${(process.pid >> 8) % 256}.${process.pid % 256}`

export type Running = ReturnType<typeof member>

/** As the process that it is sent to sees it. */
type ListeningSocket = BoundSocket & { listen(backlog: number): number }

/** A worker that notes what it is sent. */
export function member(name: NodeName, worker = 1) {
  const sent: SupervisorToNode[] = []
  const sockets = new Map<number, ListeningSocket>()
  const cluster = name.endsWith('a') ? ('a' as const) : ('b' as const)
  return {
    name,
    worker,
    cluster,
    sent,
    sockets,
    send(message: SupervisorToNode, socket?: BoundSocket) {
      sent.push(message)
      if (message.type === 'socket') sockets.set(message.port, socket as ListeningSocket)
    },
    types: () => sent.map((message) => message.type),
  } satisfies Member & { sent: SupervisorToNode[]; types(): string[]; sockets: unknown }
}

/** A claim of a load balancer whose master is on cluster a. */
export const claim = (ports: number[], lb_id = 'lb-1', address = ADDRESS) => ({
  lb_id,
  address,
  ports,
  master: 'a' as const,
})
