import { parseNetworks, type Range } from '#lib/core/networks.ts'
import { LOOPBACK_SETTING } from '#lib/protocol/egress-policy.ts'
import { addressNumber, type Pool } from '../ip-pool.ts'
import type { Egress } from './egress.ts'

const NETWORKS_NAME = 'FAIRLEAD_WEBHOOK_NETWORKS'
const LOOPBACK_FIRST = addressNumber('127.0.0.0')
const LOOPBACK_LAST = addressNumber('127.255.255.255')

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the egress policy from the environment. @throws Error in one line. */
export function readEgress(env: Environment, pools: Pool[]): Egress {
  const ports = [env.FAIRLEAD_API_PORT || '3001', env.FAIRLEAD_CONSOLE_PORT || env.PORT]
  return {
    ownPorts: ports.flatMap((port) => (port ? Number(port) : [])),
    loopback: parseLoopback(env[LOOPBACK_SETTING], pools),
    pools,
    webhookNetworks: parseWebhookNetworks(env[NETWORKS_NAME]),
  }
}

/**
 * Parses `FAIRLEAD_LOOPBACK_SERVERS`, "allow" or "refuse". Default: loopback servers are allowed if all pools are in 127.0.0.0/8, so
 * that the load balancers can't be reached from other machines either.
 * @throws Error in one line.
 */
export function parseLoopback(text: string | undefined, pools: Pool[]): boolean {
  if (text === 'allow' || text === 'refuse') return text === 'allow'
  if (text) throw new Error(`${LOOPBACK_SETTING} must be allow or refuse.`)
  return pools.every(({ ranges }) =>
    ranges.every(({ first, last }) => first >= LOOPBACK_FIRST && last <= LOOPBACK_LAST),
  )
}

/** Parses `FAIRLEAD_WEBHOOK_NETWORKS`; null if it is empty. @throws Error in one line. */
export function parseWebhookNetworks(text = ''): Range[] | null {
  const networks = parseNetworks(NETWORKS_NAME, text, '203.0.113.0/24,2001:db8::/32')
  return networks.length === 0 ? null : networks
}
