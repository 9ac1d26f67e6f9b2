import { randomUUID } from 'node:crypto'
import type { EventBody, EventType } from '#lib/core/delivery.ts'
import type { Failover } from '#lib/core/failover.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import type { LbRow } from '../store/tables.ts'

type EventServer = NonNullable<EventBody['servers']>[number]
type Named = Pick<LbRow, 'id' | 'name' | 'region' | 'zone'>
type Detail = Pick<EventBody, 'servers' | 'server_count' | 'backend' | 'problems' | 'failover'>

/** Servers listed in one event; `server_count` counts all. */
export const SERVERS_LISTED_MAX = 100

export function serversEvent(
  lb: Named,
  at: string,
  type: 'servers.down' | 'servers.up',
  servers: EventServer[],
): EventBody {
  const [first] = servers
  const state = type === 'servers.down' ? 'down' : 'up again'
  const one = first && `Server ${first.address} of backend "${first.backend_name}" is ${state}`
  const text =
    servers.length === 1 && first
      ? `${one}: ${first.reason}.`
      : `${servers.length} servers are ${state}.`
  const detail = { servers: servers.slice(0, SERVERS_LISTED_MAX), server_count: servers.length }
  return event(lb, at, type, text, detail)
}

export function backendEvent(
  lb: Named,
  at: string,
  type: 'backend.down' | 'backend.up',
  backend: { id: string; name: string },
): EventBody {
  const text =
    type === 'backend.down'
      ? `All servers of backend "${backend.name}" are down.`
      : `Backend "${backend.name}" has a server that is up again.`
  return event(lb, at, type, text, { backend })
}

export function lbErrorEvent(lb: Named, at: string, problems: string[]): EventBody {
  return event(lb, at, 'lb.error', ['It is in error.', ...problems].join(' '), { problems })
}

export function lbReadyEvent(lb: Named, at: string): EventBody {
  return event(lb, at, 'lb.ready', 'It is ready again.', {})
}

/** @param problem a sentence */
export function splitBrainEvent(lb: Named, at: string, problem: string): EventBody {
  return event(lb, at, 'lb.split_brain', problem, { problems: [problem] })
}

export function splitBrainResolvedEvent(lb: Named, at: string): EventBody {
  const text = 'Its two hosts reach each other again.'
  return event(lb, at, 'lb.split_brain_resolved', text, {})
}

export function lbQuarantinedEvent(lb: Named, at: string, problems: string[]): EventBody {
  return event(lb, at, 'lb.quarantined', problems.join(' '), { problems })
}

export function lbUnquarantinedEvent(lb: Named, at: string): EventBody {
  return event(lb, at, 'lb.unquarantined', 'It is no longer quarantined on any node.', {})
}

/** @param lb one that the node has @param problem a sentence or more */
export function nodeCertificateExpiringEvent(lb: Named, at: string, problem: string): EventBody {
  return event(lb, at, 'node.certificate_expiring', problem, { problems: [problem] })
}

export function nodeCertificateRenewedEvent(
  lb: Named,
  at: string,
  { name, certificate_expires_at: end }: Pick<RegisteredNode, 'name' | 'certificate_expires_at'>,
): EventBody {
  const text = `The certificate of node ${name} was renewed. It ends at ${end}.`
  return event(lb, at, 'node.certificate_renewed', text, {})
}

const REASONS = {
  ended: 'its node process ended',
  hung: 'its node hung and was killed',
  host_lost: 'its host was lost',
  adverts_lost: 'its VRRP adverts stopped',
  preempted: 'preempted by the preferred host',
  planned: 'switchover',
} as const

export function failoverEvent(lb: Named, { lb_id: _, at, ...failover }: Failover): EventBody {
  const { from, to, reason, gap_ms } = failover
  const what =
    from === to
      ? `The instance on cluster ${to} is active again`
      : `The instance on cluster ${to} took over from the one on cluster ${from}`
  const gap = `New connections waited ${Math.ceil(gap_ms)} ms.`
  return event(lb, at, 'lb.failover', `${what} (${REASONS[reason]}). ${gap}`, { failover })
}

export function testEvent(at: string, subscriber: { name: string }): EventBody {
  return event(null, at, 'test', `This is a test for subscriber "${subscriber.name}".`, {})
}

function event(
  lb: Named | null,
  at: string,
  type: EventType,
  sentence: string,
  detail: Detail,
): EventBody {
  const loadBalancer = lb && { id: lb.id, name: lb.name, region: lb.region, zone: lb.zone }
  const text = lb ? `Load balancer "${lb.name}": ${sentence}` : sentence
  return { version: 1, id: randomUUID(), type, at, text, load_balancer: loadBalancer, ...detail }
}
