import type { Certificate, CertificateDetails } from '#lib/core/certificate.ts'
import { detailsOf, readPem } from '../../certificates/pem-certificate.ts'
import type { Context } from '../../context.ts'
import { notFound } from '../../errors.ts'
import type { Scope } from '../../scope.ts'
import { findCertificate } from '../../store/find.ts'
import { answerCertificate, type Versioned } from '../answer.ts'

export async function getCertificate({
  ctx,
  scope,
  id,
}: {
  ctx: Context
  scope: Scope
  id: string
}): Promise<Versioned<Certificate>> {
  const { certificate } = await findCertificate(ctx.store.reader, scope, id)
  return answerCertificate(ctx, ctx.store.reader, certificate)
}

/** What an imported certificate itself says. @throws ApiError 404, also for one that was never issued */
export async function getCertificateDetails({
  ctx,
  id,
}: {
  ctx: Context
  id: string
}): Promise<CertificateDetails> {
  const chain = await ctx.store.reader
    .selectFrom('certificate_chains')
    .selectAll()
    .where('certificate_id', '=', id.toLowerCase())
    .executeTakeFirst()
  if (!chain) throw notFound('certificate')
  return detailsOf(chain.certificate_id, readPem(chain.pem))
}
