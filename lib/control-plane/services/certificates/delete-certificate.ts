import { findCertificate } from '../../store/find.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { requireMatch } from '../require-match.ts'
import { etagOf } from '../versioned-views.ts'

/** Deletes a certificate with its private key. */
export async function deleteCertificate({
  ctx,
  scope,
  id,
  ifMatch,
}: CallWith<'scope' | 'id' | 'ifMatch', Write>): Promise<void> {
  await change(ctx, async (writer) => {
    const { certificate, lb } = await findCertificate(writer, scope, id)
    await requireMatch(writer, ifMatch, etagOf(certificate), certificate.id)
    await writer.deleteFrom('certificates').where('id', '=', certificate.id).execute()
    return {
      historyOf: lb.id,
      entries: [
        {
          verb: 'delete',
          type: 'certificate',
          id: certificate.id,
          before: certificate,
          after: null,
        },
      ],
      result: async () => undefined,
    }
  })
}
