import * as z from 'zod'
import { ServerAddress } from './address.ts'
import { Id, optional, Tags, withDefault } from './fields.ts'
import { OwnerFilter, Paging, TagFilter } from './list.ts'
import { Region, Zone } from './locality.ts'

/** A highly available IP address, as the API returns it. */
export const Ip = z.object({
  id: z.string(),
  ip_address: z.string(),
  lb_id: z.string().nullable(),
  organization_id: z.string(),
  project_id: z.string(),
  region: Region,
  reverse: z.string(),
  tags: z.array(z.string()),
  zone: Zone,
})
export type Ip = z.infer<typeof Ip>

const Reverse = z
  .string()
  .max(253, { error: 'Reverse must be a host name of at most 253 characters.' })
  .regex(/^(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*\.?$/, {
    error: 'Reverse must be a host name. For example: www.example.com',
  })

/** `POST ips`. */
export const CreateIp = z.object({
  project_id: optional(Id),
  organization_id: optional(Id),
  is_ipv6: withDefault(z.boolean(), false).refine((ipv6) => !ipv6, {
    error: 'The highly available IP is IPv4 only. Servers may have IPv6 addresses.',
  }),
  reverse: optional(Reverse),
  tags: withDefault(Tags, []),
})
export type CreateIp = z.infer<typeof CreateIp>

/** `PATCH ips/{ip_id}`. Omitted fields keep their values. */
export const UpdateIp = z.object({
  reverse: optional(Reverse),
  lb_id: optional(Id),
  tags: optional(Tags),
})
export type UpdateIp = z.infer<typeof UpdateIp>

export const ListIps = Paging.extend({
  ...OwnerFilter.shape,
  ip_address: ServerAddress.optional().meta({ description: 'Only this address.' }),
  ip_type: z
    .enum(['all', 'ipv4', 'ipv6'])
    .default('all')
    .meta({ description: 'Only addresses of this family. All are IPv4.' }),
  tags: TagFilter,
})
export type ListIps = z.infer<typeof ListIps>

export const IpList = z.object({ ips: z.array(Ip), total_count: z.int() })
export type IpList = z.infer<typeof IpList>
