import * as z from 'zod'
import { Region, Zone } from './locality.ts'

/** A kind of load balancer on offer, as the API returns it. */
export const LbType = z.object({
  name: z.string(),
  stock_status: z.enum(['unknown', 'low_stock', 'out_of_stock', 'available']),
  description: z.string(),
  region: Region,
  zone: Zone,
})
export type LbType = z.infer<typeof LbType>

export const LbTypeList = z.object({ lb_types: z.array(LbType), total_count: z.int() })
export type LbTypeList = z.infer<typeof LbTypeList>
