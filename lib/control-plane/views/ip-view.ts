import type { Ip } from '#lib/core/ip.ts'
import type { IpRow } from '../store/tables.ts'

/** An IP as the API returns it. */
export function ipView(row: IpRow): Ip {
  const { address_number: _number, created_at: _created, updated_at: _updated, ...ip } = row
  return ip
}
