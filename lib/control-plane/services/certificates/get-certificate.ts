import type { Certificate, CertificateDetails } from '#lib/core/certificate.ts'
import { detailsOf, readPem } from '../../certificates/pem-certificate.ts'
import { notFound } from '../../errors.ts'
import { findCertificate } from '../../store/find.ts'
import type { CallWith } from '../call.ts'
import { type Versioned, versionedCertificate } from '../versioned-views.ts'

export async function getCertificate({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id', 'store' | 'fleet'>): Promise<Versioned<Certificate>> {
  const { certificate } = await findCertificate(ctx.store.reader, scope, id)
  return versionedCertificate(ctx, ctx.store.reader, certificate)
}

/** The details of an imported certificate. @throws ApiError 404, also if the certificate was never issued */
export async function getCertificateDetails({
  ctx,
  id,
}: CallWith<'id', 'store'>): Promise<CertificateDetails> {
  const chain = await ctx.store.reader
    .selectFrom('certificate_chains')
    .selectAll()
    .where('certificate_id', '=', id.toLowerCase())
    .executeTakeFirst()
  if (!chain) throw notFound('certificate')
  const row = { table: 'certificate_chains', id: chain.certificate_id } as const
  return detailsOf(row.id, readPem(ctx.store.secrets.open(chain.sealed_pem, row)))
}
