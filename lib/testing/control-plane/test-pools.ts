import { EMPTY_POOL, parsePool } from '#lib/control-plane/ip-pool.ts'
import type { Pools } from '#lib/control-plane/settings.ts'
import type { Region } from '#lib/core/locality.ts'

/** Pools of the given networks, joined by `+`: `testPools({ 'fr-par': '10.0.0.0/24' })`. */
export function testPools(networks: Partial<Record<Region, string>>): Pools {
  const poolOf = (text: string | undefined) => (text ? parsePool(text) : EMPTY_POOL)
  return { 'fr-par': poolOf(networks['fr-par']), 'nl-ams': poolOf(networks['nl-ams']) }
}
