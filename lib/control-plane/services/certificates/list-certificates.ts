import { type CertificateList, ListCertificates } from '#lib/core/certificate.ts'
import { contains } from '../../store/filters.ts'
import { findLb } from '../../store/find.ts'
import { readPage } from '../../store/page.ts'
import { certificateView } from '../../views/certificate-view.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import { loadLbView } from '../versioned-views.ts'

/** A page of a load balancer's certificates. */
export async function listCertificates({
  ctx,
  scope,
  id,
  query,
}: CallWith<'scope' | 'id' | 'query', 'store' | 'fleet'>): Promise<CertificateList> {
  const { reader } = ctx.store
  const { id: lbId } = await findLb(reader, scope, id)
  const filter = parseInput(ListCertificates, query)
  let matches = reader.selectFrom('certificates').where('lb_id', '=', lbId)
  if (filter.name) matches = matches.where(contains('certificates.name', filter.name))
  const { rows, total } = await readPage(reader, 'certificates', matches, filter)
  const lb = await loadLbView(ctx, reader, lbId)
  return { certificates: rows.map((row) => certificateView(row, lb)), total_count: total }
}
