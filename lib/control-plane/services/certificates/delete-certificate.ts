import type { Context } from '../../context.ts'
import type { Scope } from '../../scope.ts'
import { findCertificate } from '../../store/find.ts'
import { etagOf } from '../answer.ts'
import { change } from '../change.ts'
import { requireMatch } from '../require-match.ts'

/** Deletes a certificate, and its private key. */
export async function deleteCertificate({
  ctx,
  scope,
  id,
  ifMatch,
}: {
  ctx: Context
  scope: Scope
  id: string
  ifMatch: string | null
}): Promise<void> {
  await change(ctx, async (writer) => {
    const { certificate, lb } = await findCertificate(writer, scope, id)
    await requireMatch(writer, ifMatch, etagOf(certificate), certificate.id)
    await writer.deleteFrom('certificates').where('id', '=', certificate.id).execute()
    return {
      lb: null,
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
      answer: async () => undefined,
    }
  })
}
