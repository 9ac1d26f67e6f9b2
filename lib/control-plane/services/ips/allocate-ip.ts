import { randomUUID } from 'node:crypto'
import { defaultZone } from '#lib/core/locality.ts'
import type { Context } from '../../context.ts'
import { outOfStock } from '../../errors.ts'
import { addressNumber } from '../../ip-pool.ts'
import type { CreateScope } from '../../scope.ts'
import type { Writer } from '../../store/reader.ts'
import type { IpRow } from '../../store/tables.ts'

type Request = {
  scope: CreateScope
  lbId: string | null
  organization_id?: string | undefined
  project_id?: string | undefined
  reverse?: string | undefined
  tags: string[]
}

/**
 * Allocates the lowest free address of the region's pool in a change.
 * @throws ApiError 412 `out_of_stock`
 */
export async function allocateIp(
  ctx: Pick<Context, 'fleet' | 'addresses' | 'owner'>,
  writer: Writer,
  at: string,
  request: Request,
): Promise<IpRow> {
  const { region, zone } = request.scope
  const address = await freeAddress(ctx, writer, region)
  const row: IpRow = {
    id: randomUUID(),
    ip_address: address,
    address_number: addressNumber(address),
    lb_id: request.lbId,
    region,
    zone: zone ?? defaultZone(region),
    organization_id: request.organization_id ?? ctx.owner.organizationId,
    project_id: request.project_id ?? ctx.owner.projectId,
    reverse: request.reverse ?? `${address.replaceAll('.', '-')}.lb.${region}.scw.cloud`,
    tags: request.tags,
    created_at: at,
    updated_at: at,
  }
  await writer.insertInto('ips').values(row).execute()
  return row
}

async function freeAddress(
  ctx: Pick<Context, 'fleet' | 'addresses'>,
  writer: Writer,
  region: IpRow['region'],
): Promise<string> {
  // Addresses that diverged nodes serve are in use too, and a joined host, which has no credential, needs its own.
  const hosts = writer.selectFrom('nodes').select('address').where('credential_hash', 'is', null)
  const reserved = [
    ...ctx.fleet.divergences.addresses(),
    ...(await hosts.execute()).flatMap(({ address }) => address ?? []),
  ]
  const address = await ctx.addresses.lowest(writer, region, new Set(reserved.map(addressNumber)))
  if (address) return address
  const { text, size } = ctx.addresses.pool(region)
  const reason =
    size === 0
      ? `Region ${region} has no address pool.`
      : `No address is left in region ${region}: all ${size} of ${text} are in use.`
  throw outOfStock(
    'ip',
    `${reason} Release an IP, or extend the region's pool in FAIRLEAD_IP_POOLS.`,
  )
}
