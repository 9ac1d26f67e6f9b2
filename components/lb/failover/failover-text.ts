import type { Change } from '#lib/core/change.ts'
import type { Failover, FailoverReason } from '#lib/core/failover.ts'
import type { Instance } from '#lib/core/lb.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { ObservedInstance, ObservedLb } from '#lib/core/observed.ts'

type Instances = readonly Pick<ObservedInstance, 'cluster' | 'role'>[]

/** The role of the instance on a cluster. */
export function roleOn(instances: Instances, cluster: Cluster): Instance['role'] {
  return instances.find((one) => one.cluster === cluster)?.role ?? 'backup'
}

/** "0.8 ms", "23 ms", "1,200 ms": below 10 ms with one decimal. */
export function millisecondsText(ms: number): string {
  const digits = ms < 10 ? 1 : 0
  return `${ms.toLocaleString('en', { maximumFractionDigits: digits })} ms`
}

/** Why an instance took over, to follow "Active since 14:02, ". */
export function reasonText({ from, to, reason }: Failover, instances: Instances): string {
  const owner = from === to ? 'its' : `the ${roleOn(instances, from)}'s`
  if (reason === 'ended') return `after ${owner} process ended`
  if (reason === 'hung') return `after ${owner} process hung and was ended`
  if (reason === 'host_lost') return `after ${owner} host was lost`
  if (reason === 'adverts_lost') return `after ${owner} VRRP adverts stopped`
  if (reason === 'preempted') return 'as its host has the higher VRRP priority'
  return 'as it was switched over'
}

type RecordedFailover = NonNullable<Change['failover']>

const CAUSES: Record<FailoverReason, string> = {
  ended: ': process ended',
  hung: ': process hung and was killed',
  host_lost: ': host lost',
  adverts_lost: ': VRRP adverts stopped',
  preempted: ': preempted by the preferred host',
  planned: '',
}

/** "Failover from fr-par-a to fr-par-b: process ended. 11 ms interruption." */
export function failoverText({ from_node, to_node, reason, gap_ms }: RecordedFailover): string {
  const event =
    from_node === to_node
      ? `Restart of ${to_node}`
      : `${reason === 'planned' ? 'Switchover' : 'Failover'} from ${from_node} to ${to_node}`
  return `${event}${CAUSES[reason]}. ${millisecondsText(gap_ms)} interruption.`
}

/** An instance that was active within this time of the load balancer's creation did not take over. */
const CREATION_MS = 30_000

/** Why an instance is active since `active_since`; null if unknown. */
export function activeReason(
  { active_since: since, failover_id }: Pick<ObservedInstance, 'active_since' | 'failover_id'>,
  { instances, last_failover: last }: Pick<ObservedLb, 'instances' | 'last_failover'>,
  createdAt: string,
): string | null {
  if (since === null) return null
  if (last && last.id === failover_id) return reasonText(last, instances)
  const isNew = Date.parse(since) - Date.parse(createdAt) < CREATION_MS
  return last === null && isNew ? 'when it was created' : null
}

/** The instance that a switchover would make active, and why it can't be done now. */
export function switchTarget(observed: ObservedLb): {
  instance: ObservedInstance | undefined
  refusal: string | undefined
} {
  const active = observed.instances.find((one) => one.active)
  const instance = observed.instances.find((one) => one !== active)
  if (!active || !instance) return { instance: undefined, refusal: 'No instance is active now.' }
  const name = `The ${instance.role} instance`
  const refusal = !instance.connected
    ? `${name} is not running.`
    : active.listeners.length === 0
      ? 'There is no frontend rule that it would accept for.'
      : instance.applied_generation !== observed.generation
        ? `${name} has not applied the newest change yet.`
        : undefined
  return { instance, refusal }
}
