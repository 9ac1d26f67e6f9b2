import { EMPTY_POOL, parsePool, poolsOverlap } from '#lib/control-plane/ip-pool.ts'
import { Region } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import type { ControlPlaneSettings, Pool } from '#lib/protocol/settings/control-plane-settings.ts'

const NAME = 'FAIRLEAD_IP_POOLS'
const DEFAULT = 'fr-par=127.51.0.0/24,nl-ams=127.31.0.0/24'

type Pools = ControlPlaneSettings['pools']

/**
 * Parses `FAIRLEAD_IP_POOLS`: `fr-par=127.51.0.0/24,nl-ams=127.31.0.0/24+127.31.1.0/24`. A region that is left out has no addresses.
 * Hosts have the addresses of `10.99.1.0/24@eth0` on that interface.
 * @throws Error with a one-line message
 */
export function parseIpPools(text: string | undefined): Pools {
  const pools: Partial<Pools> = {}
  for (const entry of (text || DEFAULT).split(',')) {
    const [name = '', networks = '', ...others] = entry.split('=').map((part) => part.trim())
    if (others.length > 0) {
      throw new Error(
        `${NAME}: "${entry.trim()}" has more than one "=". Separate regions by commas.`,
      )
    }
    const region = Region.safeParse(name)
    if (!region.success) {
      const known = REGIONS.join(', ')
      throw new Error(`${NAME}: "${name}" is not a region. The regions are ${known}.`)
    }
    if (pools[region.data]) throw new Error(`${NAME} names ${name} twice.`)
    pools[region.data] = poolOf(networks)
  }
  const [paris, amsterdam] = [pools['fr-par'] ?? EMPTY_POOL, pools['nl-ams'] ?? EMPTY_POOL]
  if (poolsOverlap(paris, amsterdam)) {
    throw new Error(`${NAME}: the pools overlap. Give each region its own addresses.`)
  }
  interfaceOf(Object.values(pools))
  return { 'fr-par': paris, 'nl-ams': amsterdam }
}

/** What a host has on its interface for HA IPs. */
export type HostNetworks = { interface: string; networks: string[] }

/**
 * The interface that pools name, with their networks; null if they name none.
 * @throws Error with a one-line message if they name several
 */
export function interfaceOf(pools: readonly Pool[]): HostNetworks | null {
  const all = pools.flatMap(({ networks }) => networks)
  const [one, other] = new Set(all.map((network) => network.interface))
  if (!one) return null
  if (other) {
    throw new Error(
      `${NAME} names the interfaces ${one} and ${other}, but HA IPs are on one interface of each host. Name the same one for all networks: ` +
        'an interface can have several.',
    )
  }
  return { interface: one, networks: all.map(({ network }) => network) }
}

function poolOf(networks: string): Pool {
  try {
    return parsePool(networks)
  } catch (error) {
    throw new Error(`${NAME}: ${(error as Error).message}`)
  }
}
