import type { BoundSocket } from '#lib/process/bind-socket.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { SupervisorToNode } from '#lib/protocol/supervision.ts'
import type { NodeWorker } from '#lib/supervisor/address-ownership/address-ownership.ts'
import { localNode } from '#lib/supervisor/local-nodes.ts'

/** Derived from the PID, so that parallel test runs don't collide. */
export const ADDRESS = `127.77.${(process.pid >> 8) % 256}.${process.pid % 256}`

/** A socket as the process that receives it sees it. */
type ListeningSocket = BoundSocket & { listen(backlog: number): number }

export type RecordedWorker = ReturnType<typeof recordedWorker>

/** A worker that records the messages that it receives. */
export function recordedWorker(name: NodeName, worker = 1, workers = worker) {
  const sent: SupervisorToNode[] = []
  const sockets = new Map<number, ListeningSocket>()
  const { region, cluster } = localNode(name)
  const activations = (lbId: string) =>
    sent.flatMap((message) => {
      if (message.type === 'activate') return message.lbs.filter(({ lb_id }) => lb_id === lbId)
      return message.type === 'deactivate' && message.lb_id === lbId ? [null] : []
    })
  /** The orders to be active, as true, and not to be, as false. */
  const orders = (lbId: string) =>
    sent.flatMap((message) => {
      const named = lbsOf(message).includes(lbId)
      return named ? [message.type === 'activate'] : []
    })
  return {
    node: name,
    region,
    cluster,
    worker,
    workers,
    sent,
    /** The last socket of each port. */
    sockets,
    send(message: SupervisorToNode, socket?: BoundSocket) {
      sent.push(message)
      if (message.type === 'socket') sockets.set(message.port, socket as ListeningSocket)
    },
    types: () => sent.map((message) => message.type),
    /** The last order to accept; null without one, or after an order to stop. */
    activation: (lbId = 'lb-1') => activations(lbId).at(-1) ?? null,
    /** Whether its last order was to be active. */
    isActive: (lbId = 'lb-1') => orders(lbId).at(-1) ?? false,
  } satisfies NodeWorker & Record<string, unknown>
}

/** A claim of a load balancer whose master is on cluster a. */
export const claim = (ports: number[], lb_id = 'lb-1', address = ADDRESS) => ({
  lb_id,
  address,
  ports,
  master: 'a' as const,
})

/** The load balancers that a message makes active, or not active any more. */
function lbsOf(message: SupervisorToNode): string[] {
  if (message.type === 'activate') return message.lbs.map(({ lb_id }) => lb_id)
  if (message.type === 'stand_by') return message.lb_ids
  return message.type === 'deactivate' ? [message.lb_id] : []
}
