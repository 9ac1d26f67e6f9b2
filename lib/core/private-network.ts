import * as z from 'zod'
import { Id, withDefault } from './fields.ts'
import { Lb } from './lb.ts'
import { Paging, TimeOrder } from './list.ts'

/** An attachment of a load balancer to a private network. It has no effect on traffic. */
export const PrivateNetworkFields = z.object({
  private_network_id: z.string(),
  /** Its addresses in the network, as IDs of Scaleway's IPAM. */
  ipam_ids: z.array(z.string()),
  created_at: z.string(),
  updated_at: z.string(),
})
export type PrivateNetworkFields = z.infer<typeof PrivateNetworkFields>

/** An attachment, as the API returns it. */
export const PrivateNetwork = PrivateNetworkFields.extend({
  dhcp_config: z.object({ ip_id: z.string().nullable() }),
  status: z.enum(['unknown', 'ready', 'pending', 'error']),
  lb: Lb,
})
export type PrivateNetwork = z.infer<typeof PrivateNetwork>

/** The list's key is singular, as in the real API. */
export const PrivateNetworkList = z.object({
  private_network: z.array(PrivateNetwork),
  total_count: z.int(),
})
export type PrivateNetworkList = z.infer<typeof PrivateNetworkList>

/** Attachments per load balancer. */
export const PRIVATE_NETWORKS_MAX = 8

/** `POST lbs/{lb_id}/attach-private-network`. The older `…_config` fields are ignored. */
export const AttachPrivateNetwork = z.object({
  private_network_id: Id,
  ipam_ids: withDefault(z.array(Id).max(1, { error: 'At most one IPAM ID.' }), []),
})

/** `POST lbs/{lb_id}/private-networks/{network}/attach`, the older path. */
export const AttachNamedNetwork = AttachPrivateNetwork.omit({ private_network_id: true }).meta({
  example: { ipam_ids: [] },
})

/** `POST lbs/{lb_id}/detach-private-network`. */
export const DetachPrivateNetwork = AttachPrivateNetwork.pick({ private_network_id: true })

export const ListPrivateNetworks = Paging.extend({
  order_by: TimeOrder,
})
export type ListPrivateNetworks = z.infer<typeof ListPrivateNetworks>
