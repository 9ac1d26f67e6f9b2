import { type EgressPolicy, LOOPBACK_SETTING } from '#lib/protocol/egress-policy.ts'
import type { NodeSettings } from '#lib/protocol/settings/node-settings.ts'
import { type Environment, readWholeNumber } from './environment.ts'

/** How the supervisor runs nodes. */
export type NodeOptions = {
  /** Worker processes of each node. */
  workers: number
  /** How long a worker may send no heartbeat before it counts as hung, milliseconds. */
  hungAfterMs: number
  /** How long after its return a master gets its traffic back, milliseconds; null for never. */
  failbackMs: number | null
  /** The settings that all nodes share. */
  shared: Pick<NodeSettings, 'apiUrls' | 'dataDir' | 'heartbeatMs' | 'egress'>
}

/** A worker counts as hung only after this many missing heartbeats, so that a short delay does not end it. */
const HEARTBEATS_MIN = 3
const A_DAY_S = 86_400

/**
 * Reads `FAIRLEAD_WORKERS`, `FAIRLEAD_HEARTBEAT_MS`, `FAIRLEAD_HUNG_AFTER_MS` and `FAIRLEAD_FAILBACK_AFTER_S`.
 * @param egress the egress policy of the control plane
 * @throws Error with a one-line message: the first problem
 */
export function readNodeOptions(
  env: Environment,
  { apiUrls, dataDir }: Pick<NodeSettings, 'apiUrls' | 'dataDir'>,
  egress: EgressPolicy,
): NodeOptions {
  const heartbeatMs = readWholeNumber(env, 'FAIRLEAD_HEARTBEAT_MS', 50, { min: 10, max: 1000 })
  const hungAfterMs = readWholeNumber(env, 'FAIRLEAD_HUNG_AFTER_MS', 400, { min: 100, max: 60_000 })
  if (hungAfterMs < heartbeatMs * HEARTBEATS_MIN) {
    throw new Error(
      `FAIRLEAD_HUNG_AFTER_MS (${hungAfterMs}) must be at least ${HEARTBEATS_MIN} times FAIRLEAD_HEARTBEAT_MS (${heartbeatMs}).`,
    )
  }
  return {
    workers: readWholeNumber(env, 'FAIRLEAD_WORKERS', 1, { min: 1, max: 64 }),
    hungAfterMs,
    failbackMs: readFailback(env),
    shared: {
      apiUrls,
      dataDir,
      heartbeatMs,
      egress: nodeEgress(env, egress),
    },
  }
}

/** Reads `FAIRLEAD_FAILBACK_AFTER_S`: the nodes of this machine and the control plane follow it. Milliseconds; null for never. */
export function readFailback(env: Environment): number | null {
  if (!env.FAIRLEAD_FAILBACK_AFTER_S) return null
  const range = { min: 1, max: A_DAY_S }
  return readWholeNumber(env, 'FAIRLEAD_FAILBACK_AFTER_S', 0, range) * 1000
}

/**
 * The egress policy of nodes. It allows servers on loopback addresses unless the setting refuses them: the control plane may have
 * accepted such servers while all pools were loopback addresses.
 */
function nodeEgress(env: Environment, { ownPorts, pools }: EgressPolicy): EgressPolicy {
  return {
    ownPorts,
    loopback: env[LOOPBACK_SETTING] !== 'refuse',
    pools: pools.map(({ ranges }) => ({ ranges })),
  }
}
