import { LOOPBACK_SETTING } from '#lib/config/egress-policy.ts'
import type { Range } from '#lib/core/denied-address.ts'
import { subnetRange } from '#lib/core/subnet.ts'
import { addressNumber, type Pool } from '../ip-pool.ts'
import type { Egress } from './egress.ts'

const NETWORKS_NAME = 'FAIRLEAD_WEBHOOK_NETWORKS'
const LOOPBACK_FIRST = addressNumber('127.0.0.0')
const LOOPBACK_LAST = addressNumber('127.255.255.255')

type Environment = Readonly<Record<string, string | undefined>>

/** The egress policy from the environment. @throws Error in one line. */
export function readEgress(env: Environment, pools: Pool[]): Egress {
  const ports = [env.FAIRLEAD_API_PORT || '3001', env.FAIRLEAD_CONSOLE_PORT || env.PORT]
  return {
    ownPorts: ports.flatMap((port) => (port ? Number(port) : [])),
    loopback: parseLoopback(env[LOOPBACK_SETTING], pools),
    pools,
    webhookNetworks: parseNetworks(env[NETWORKS_NAME]),
  }
}

/**
 * `FAIRLEAD_LOOPBACK_SERVERS`, "allow" or "refuse". Left out, servers may be on this machine where all highly available
 * IPs are: the embedded default, in which nobody else reaches either.
 * @throws Error in one line.
 */
export function parseLoopback(text: string | undefined, pools: Pool[]): boolean {
  if (text === 'allow' || text === 'refuse') return text === 'allow'
  if (text) throw new Error(`${LOOPBACK_SETTING} must be allow or refuse.`)
  return pools.every(({ ranges }) =>
    ranges.every(({ first, last }) => first >= LOOPBACK_FIRST && last <= LOOPBACK_LAST),
  )
}

/** `FAIRLEAD_WEBHOOK_NETWORKS`: networks in CIDR notation with commas between them. @throws Error in one line. */
export function parseNetworks(text = ''): Range[] | null {
  if (!text.trim()) return null
  return text.split(',').map((entry) => {
    const range = subnetRange(entry.trim())
    if (range) return range
    throw new Error(
      `${NETWORKS_NAME}: "${entry.trim()}" is not a network. For example: 203.0.113.0/24,2001:db8::/32`,
    )
  })
}
