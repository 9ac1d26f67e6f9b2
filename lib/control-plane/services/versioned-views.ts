import type { Acl } from '#lib/core/acl.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Certificate } from '#lib/core/certificate.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { Context } from '../context.ts'
import { findLbAnywhere } from '../store/find.ts'
import { loadLbParts } from '../store/lb-parts.ts'
import type { Reader } from '../store/reader.ts'
import type { AclRow, BackendRow, CertificateRow, FrontendRow, LbRow } from '../store/tables.ts'
import { aclView } from '../views/acl-view.ts'
import { backendView } from '../views/backend-view.ts'
import { certificateView } from '../views/certificate-view.ts'
import { frontendView } from '../views/frontend-view.ts'
import { lbView } from '../views/lb-view.ts'

/** An object and the entity tag of its state (RFC 9110 section 8.8.3), for `If-Match`. */
export type Versioned<T> = { value: T; etag: string }

/** A load balancer's entity tag changes with every change of its rules; those of other objects only with themselves. */
export const etagOfLb = (lb: LbRow) => `"${lb.generation}"`
export const etagOf = (row: { updated_at: string }) => `"${row.updated_at}"`

/** Reads a load balancer as the API returns it. */
export async function loadLbView(
  ctx: Pick<Context, 'fleet'>,
  reader: Reader,
  id: string,
): Promise<Lb> {
  return (await versionedLb(ctx, reader, id)).value
}

export async function versionedLb(
  ctx: Pick<Context, 'fleet'>,
  reader: Reader,
  id: string,
): Promise<Versioned<Lb>> {
  const row = await findLbAnywhere(reader, id)
  const [parts] = await loadLbParts(reader, [row])
  if (!parts) throw new Error(`Load balancer ${id} has gone`)
  return { value: lbView(parts, ctx.fleet), etag: etagOfLb(row) }
}

export async function versionedBackend(
  ctx: Pick<Context, 'fleet'>,
  reader: Reader,
  row: BackendRow,
): Promise<Versioned<Backend>> {
  return { value: backendView(row, await loadLbView(ctx, reader, row.lb_id)), etag: etagOf(row) }
}

export async function versionedFrontend(
  ctx: Pick<Context, 'fleet'>,
  reader: Reader,
  row: FrontendRow,
): Promise<Versioned<Frontend>> {
  const lb = await loadLbView(ctx, reader, row.lb_id)
  const backend = await reader
    .selectFrom('backends')
    .selectAll()
    .where('id', '=', row.backend_id)
    .executeTakeFirstOrThrow()
  return { value: frontendView(row, backendView(backend, lb), lb), etag: etagOf(row) }
}

/** A frontend as its ACLs embed it. */
export async function loadFrontendView(
  ctx: Pick<Context, 'fleet'>,
  reader: Reader,
  id: string,
): Promise<Frontend> {
  const row = await reader
    .selectFrom('frontends')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return (await versionedFrontend(ctx, reader, row)).value
}

export async function versionedAcl(
  ctx: Pick<Context, 'fleet'>,
  reader: Reader,
  row: AclRow,
): Promise<Versioned<Acl>> {
  return {
    value: aclView(row, await loadFrontendView(ctx, reader, row.frontend_id)),
    etag: etagOf(row),
  }
}

export async function versionedCertificate(
  ctx: Pick<Context, 'fleet'>,
  reader: Reader,
  row: CertificateRow,
): Promise<Versioned<Certificate>> {
  return {
    value: certificateView(row, await loadLbView(ctx, reader, row.lb_id)),
    etag: etagOf(row),
  }
}
