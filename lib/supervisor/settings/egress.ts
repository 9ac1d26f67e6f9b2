import type { Egress } from '#lib/control-plane/egress/egress.ts'
import { addressNumber } from '#lib/control-plane/ip-pool.ts'
import { type Networks, parseNetworks } from '#lib/core/networks.ts'
import { LOOPBACK_SETTING } from '#lib/protocol/egress-policy.ts'
import type { Pool } from '#lib/protocol/settings/control-plane-settings.ts'
import type { Environment } from './environment.ts'

const NETWORKS_NAME = 'FAIRLEAD_WEBHOOK_NETWORKS'
const LOOPBACK_FIRST = addressNumber('127.0.0.0')
const LOOPBACK_LAST = addressNumber('127.255.255.255')

/**
 * Reads the egress policy of the control plane.
 * @param ownPorts the ports of the API, the console and the listener for nodes
 * @throws Error with a one-line message
 */
export function readEgress(env: Environment, pools: Pool[], ownPorts: number[]): Egress {
  return {
    ownPorts,
    loopback: parseLoopback(env[LOOPBACK_SETTING], pools),
    pools: pools.map(({ ranges }) => ({ ranges })),
    webhookNetworks: parseWebhookNetworks(env[NETWORKS_NAME]),
  }
}

/**
 * Parses `FAIRLEAD_LOOPBACK_SERVERS`, "allow" or "refuse". Default: loopback servers are allowed if all pools are in 127.0.0.0/8,
 * because other machines can't reach the load balancers then.
 * @throws Error with a one-line message
 */
export function parseLoopback(text: string | undefined, pools: Pool[]): boolean {
  if (text === 'allow' || text === 'refuse') return text === 'allow'
  if (text) throw new Error(`${LOOPBACK_SETTING} must be allow or refuse.`)
  return pools.every(({ ranges }) =>
    ranges.every(({ first, last }) => first >= LOOPBACK_FIRST && last <= LOOPBACK_LAST),
  )
}

/** Parses `FAIRLEAD_WEBHOOK_NETWORKS`; null if it is empty. @throws Error with a one-line message */
export function parseWebhookNetworks(text = ''): Networks | null {
  const networks = parseNetworks(NETWORKS_NAME, text, '203.0.113.0/24,2001:db8::/32')
  return networks.length === 0 ? null : networks
}
