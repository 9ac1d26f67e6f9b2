import * as z from 'zod'
import type { LbTypeName } from './lb.ts'
import { Region, Zone } from './locality.ts'

/** A load balancer type, as the API returns it. */
export const LbType = z.object({
  name: z.string(),
  stock_status: z.enum(['unknown', 'low_stock', 'out_of_stock', 'available']),
  description: z.string(),
  /** Bits per second. */
  bandwidth: z.int(),
  /** Whether servers can be outside of Scaleway. */
  multicloud: z.boolean(),
  region: Region,
  zone: Zone,
})
export type LbType = z.infer<typeof LbType>

export const LbTypeList = z.object({ lb_types: z.array(LbType), total_count: z.int() })
export type LbTypeList = z.infer<typeof LbTypeList>

/** The limits of each type, as Scaleway documents them: concurrent client connections, and bits per second. */
export const TYPE_LIMITS: Record<LbTypeName, { connections: number; bandwidth: number }> = {
  'lb-s': { connections: 20_000, bandwidth: 200_000_000 },
  'lb-gp-m': { connections: 50_000, bandwidth: 500_000_000 },
  'lb-gp-l': { connections: 160_000, bandwidth: 1_000_000_000 },
  'lb-gp-xl': { connections: 3_000_000, bandwidth: 4_000_000_000 },
}

/** "200 Mbit/s, 20,000 connections". */
export function formatLimits(type: LbTypeName): string {
  const { connections, bandwidth } = TYPE_LIMITS[type]
  const megabits = bandwidth / 1_000_000
  const rate = megabits < 1000 ? `${megabits} Mbit/s` : `${megabits / 1000} Gbit/s`
  return `${rate}, ${connections.toLocaleString('en')} connections`
}
