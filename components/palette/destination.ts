import * as z from 'zod'
import { consolePath } from '#lib/client/console-path.ts'
import { REGION_NAMES } from '#lib/core/regions.ts'
import { HIT_TYPES, type SearchHit } from '#lib/core/search.ts'

/** A search result that the palette shows and stores. */
export const Destination = z.object({
  type: z.enum(HIT_TYPES),
  href: z.string(),
  /** A name or an address. */
  name: z.string(),
  /** "Frontend rule". */
  kind: z.string(),
  /** "port 80 · site". */
  where: z.string(),
})
export type Destination = z.infer<typeof Destination>

export const KINDS: Record<SearchHit['type'], string> = {
  lb: 'Load balancer',
  frontend: 'Frontend rule',
  backend: 'Backend rule',
  server: 'Server',
  ip: 'IP address',
}

function hrefOf({ type, id, lb }: SearchHit): string {
  if (type === 'ip' || lb === null) return consolePath.ipAddress(id)
  if (type === 'lb') return consolePath.loadBalancer(id)
  if (type === 'frontend') return consolePath.frontend(lb.id, id)
  // A server has no row of its own.
  return consolePath.backend(lb.id, id)
}

function whereOf({ type, region, port, backend_name, lb }: SearchHit): string {
  if (type === 'lb') return REGION_NAMES[region]
  if (type === 'ip') return `${lb ? lb.name : 'conserved'} · ${REGION_NAMES[region]}`
  return [port === null ? null : `port ${port}`, backend_name, lb?.name].filter(Boolean).join(' · ')
}

/** A search result as a destination. */
export function destinationOf(hit: SearchHit): Destination {
  const { type, name } = hit
  return { type, href: hrefOf(hit), name, kind: KINDS[type], where: whereOf(hit) }
}
