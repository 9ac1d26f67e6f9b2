import type { Lb } from '#lib/core/lb.ts'
import type { PrivateNetwork } from '#lib/core/private-network.ts'
import type { PrivateNetworkRow } from '../store/tables.ts'

/** An attachment to a private network as the API returns it. */
export function privateNetworkView(
  { lb_id: _lb, ...fields }: PrivateNetworkRow,
  lb: Lb,
): PrivateNetwork {
  return { ...fields, dhcp_config: { ip_id: fields.ipam_ids[0] ?? null }, status: 'ready', lb }
}

/** A new attachment as the attach call returns it: `pending`, and with the requested IPAM IDs only. */
export function newPrivateNetworkView(
  row: PrivateNetworkRow,
  requested: string[],
  lb: Lb,
): PrivateNetwork {
  return { ...privateNetworkView({ ...row, ipam_ids: requested }, lb), status: 'pending' }
}
