import { consolePath } from '#lib/client/console-path.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { ObservedInstance, ObservedLb } from '#lib/core/observed.ts'
import type { Route } from '#lib/core/route.ts'
import type { TrafficRate } from '#lib/core/traffic.ts'
import { HEALTHS } from '../health/health-text.ts'
import { activeView, healthLine, serverHealth } from '../health-text.ts'
import { INSTANCE_NAMES } from '../instance-names.ts'
import { instanceState, servesNothing } from '../instance-state.ts'
import { routeCount } from '../routing/route-text.ts'
import { rateText } from '../traffic/rate-text.ts'
import { shownServers } from './shown-servers.ts'
import type { FrontendPart, InstancePart, Part, Topology } from './topology-model.ts'

export type LiveLb = {
  lb: Lb
  frontends: Frontend[]
  backends: Backend[]
  routes?: Route[]
  observed: ObservedLb | undefined
}

function addressPart({ ip: [ip] }: Lb): Part {
  const base = { key: 'address', detail: 'Highly available IP' }
  if (!ip) return { ...base, title: 'No address', tone: 'warn' }
  return { ...base, title: ip.ip_address, tone: 'neutral', href: consolePath.ipAddress(ip.id) }
}

function instanceTone(instance: ObservedInstance): Part['tone'] {
  if (!instance.connected || servesNothing(instance)) return 'danger'
  return instance.listeners.some(({ state }) => state === 'failed') ? 'warn' : 'ok'
}

function instancePart(instance: ObservedInstance): InstancePart {
  const { cluster, role, active } = instance
  return {
    key: cluster,
    title: INSTANCE_NAMES[role],
    detail: `${instanceState(instance).label} · cluster ${cluster}`,
    tone: instanceTone(instance),
    active,
  }
}

/** The rate of a part's traffic; empty where there is none. */
function rateOf(rate: TrafficRate | undefined, protocol: Backend['forward_protocol']) {
  const text = rate && rateText(rate, protocol)
  return text ? { rate: text } : {}
}

function frontendPart({ lb, observed, routes = [] }: LiveLb, frontend: Frontend): FrontendPart {
  const listener = observed?.instances
    .find(({ active }) => active)
    ?.listeners.find(({ frontend_id }) => frontend_id === frontend.id)
  const failed = listener?.state === 'failed'
  const health = observed?.health.frontends.find(({ frontend_id }) => frontend_id === frontend.id)
  const forwardingTone = health ? HEALTHS[health.state].tone : 'ok'
  const own = routes.filter((route) => route.frontend_id === frontend.id)
  const count = routeCount(own.length)
  return {
    key: frontend.id,
    title: frontend.name,
    detail: [
      `${frontend.backend.forward_protocol.toUpperCase()} ${frontend.inbound_port}`,
      ...(count ? [count] : []),
    ].join(' · '),
    tone: failed ? 'danger' : listener?.state === 'listening' ? forwardingTone : 'neutral',
    ...rateOf(observed?.rates.frontends[frontend.id], frontend.backend.forward_protocol),
    ...(count && { explanation: `${count}, besides its own backend` }),
    ...(health && { explanation: health.reason }),
    ...(listener?.problem && { explanation: listener.problem }),
    href: consolePath.frontend(lb.id, frontend.id),
    backend: frontend.backend.id,
    routed: own.map(({ backend_id }) => backend_id),
  }
}

function serverParts({ lb, observed }: LiveLb, backend: Backend, now: number): Part[] {
  return backend.pool.map((address) => {
    const health = serverHealth(activeView(observed, backend.id, address), now)
    return {
      key: `${backend.id}/${address}`,
      title: address,
      detail: health.state,
      tone: health.tone,
      explanation: healthLine(health),
      ...rateOf(observed?.rates.servers[`${backend.id}/${address}`], backend.forward_protocol),
      href: consolePath.backend(lb.id, backend.id),
    }
  })
}

function backendTone(servers: Part[]): Part['tone'] {
  if (servers.length === 0) return 'warn'
  const up = servers.filter(({ tone }) => tone === 'ok').length
  if (up > 0) return up === servers.length ? 'ok' : 'warn'
  return servers.some(({ tone }) => tone === 'danger') ? 'danger' : 'neutral'
}

/** The picture of a load balancer with its observed state. @param now milliseconds since the epoch */
export function liveTopology(live: LiveLb, now: number): Topology {
  return {
    address: addressPart(live.lb),
    instances: (live.observed?.instances ?? []).map(instancePart),
    frontends: live.frontends.map((frontend) => frontendPart(live, frontend)),
    backends: live.backends.map((backend) => {
      const servers = serverParts(live, backend, now)
      const up = servers.filter(({ tone }) => tone === 'ok').length
      return {
        key: backend.id,
        title: backend.name,
        detail: `${backend.forward_protocol.toUpperCase()} ${backend.forward_port} · ${up}/${servers.length} up`,
        tone: backendTone(servers),
        ...rateOf(live.observed?.rates.backends[backend.id], backend.forward_protocol),
        href: consolePath.backend(live.lb.id, backend.id),
        ...shownServers(servers),
      }
    }),
  }
}
