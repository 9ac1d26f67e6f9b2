import { type Certificate, UpdateCertificate } from '#lib/core/certificate.ts'
import { timestamp } from '../../clock.ts'
import { findCertificate } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { etagOf, type Versioned, versionedCertificate } from '../versioned-views.ts'

/** Renames a certificate. */
export async function updateCertificate({
  ctx,
  scope,
  id,
  input,
  ifMatch,
}: CallWith<'scope' | 'id' | 'input' | 'ifMatch', Write | 'fleet'>): Promise<
  Versioned<Certificate>
> {
  await findCertificate(ctx.store.reader, scope, id)
  const { name } = parseInput(UpdateCertificate, input)
  return change(ctx, async (writer) => {
    const { certificate, lb } = await findCertificate(writer, scope, id)
    await requireMatch(writer, ifMatch, etagOf(certificate), certificate.id)
    const columns = { name, updated_at: timestamp() }
    await writer.updateTable('certificates').set(columns).where('id', '=', certificate.id).execute()
    const after = { ...certificate, ...columns }
    return {
      historyOf: lb.id,
      entries: [
        { verb: 'update', type: 'certificate', id: certificate.id, before: certificate, after },
      ],
      result: () => versionedCertificate(ctx, writer, after),
    }
  })
}
