import type { Instance, Lb } from '#lib/core/lb.ts'
import type { Fleet } from '../nodes/observed/fleet.ts'
import {
  instanceStatus,
  type LbState,
  lbStatus,
  type StateInput,
} from '../nodes/observed/lb-status.ts'
import type { LbParts } from '../store/lb-parts.ts'
import type { InstanceRow, LbRow } from '../store/tables.ts'
import { ipView } from './ip-view.ts'
import { subscriberView } from './subscriber-view.ts'

/** What a load balancer's status is derived from. */
export function stateInput(lb: LbRow, address: string | null, fleet: Fleet): StateInput {
  return {
    instances: fleet.instances(lb.region, lb.id),
    lifecycle: fleet.lifecycles.of(lb.id),
    generation: lb.generation,
    changedAt: lb.changed_at,
    divergence: fleet.divergences.reasonFor(lb.id, address),
    planFailure: fleet.planFailure(lb.id),
    hostProblems: fleet.hostProblems(lb.id),
    hasAddress: address !== null,
    startedAt: fleet.startedAt,
    now: performance.now(),
  }
}

/** What its health and its problems are derived from, besides its rules. */
export function lbState(lb: LbRow, address: string | null, fleet: Fleet): LbState {
  return { ...stateInput(lb, address, fleet), id: lb.id, name: lb.name, master: lb.master }
}

/** A load balancer as the API returns it. */
export function lbView(parts: LbParts, fleet: Fleet): Lb {
  const input = stateInput(parts.lb, parts.ips[0]?.ip_address ?? null, fleet)
  const instances = parts.instances
    .map((instance) => instanceView(parts.lb, instance, input))
    .sort((one, other) => other.role.localeCompare(one.role))
  return { ...ownFields(parts), status: lbStatus(input), instances }
}

/** A new load balancer in the response to its creation, before any node runs it. */
export function newLbView(parts: LbParts): Lb {
  return { ...ownFields(parts), status: 'to_create', instances: [] }
}

function ownFields(parts: LbParts) {
  const { lb, ips, backendCount, frontendCount, routeCount, privateNetworkCount, subscriber } =
    parts
  const {
    master: _master,
    generation: _generation,
    changed_at: _changed,
    revision: _revision,
    subscriber_id: _subscriber,
    ...own
  } = lb
  return {
    ...own,
    ip: ips.map(ipView),
    frontend_count: frontendCount,
    backend_count: backendCount,
    private_network_count: privateNetworkCount,
    route_count: routeCount,
    subscriber: subscriber && subscriberView(subscriber),
  }
}

function instanceView(lb: LbRow, instance: InstanceRow, input: StateInput): Instance {
  const { id, cluster, created_at } = instance
  const state = input.instances.find((one) => one.cluster === cluster)
  return {
    id,
    status: state ? instanceStatus(state, input) : 'unknown',
    ip_address: '',
    created_at,
    updated_at: state?.report?.applied_at ?? created_at,
    region: lb.region,
    zone: lb.zone,
    role: cluster === lb.master ? 'master' : 'backup',
    cluster,
    active: state?.report?.active ?? false,
  }
}
