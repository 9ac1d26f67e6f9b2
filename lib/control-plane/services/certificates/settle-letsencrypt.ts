import { Authority } from '../../authority/authority.ts'
import { timestamp } from '../../clock.ts'
import type { Context, Parts } from '../../context.ts'
import type { CertificateRow } from '../../store/tables.ts'
import type { Write } from '../call.ts'
import { change } from '../change.ts'

const SYSTEM = { kind: 'system', id: 'certificates', name: 'certificates' } as const

const NO_DIRECTORY =
  'No ACME directory is configured: this installation has nobody to request certificates from. Import a certificate, ' +
  'or balance HTTPS in TCP mode, where the servers keep theirs.'

/**
 * Ends the requests to Let's Encrypt that wait. TLS is not offloaded, so no ACME directory can be configured: each goes
 * into error and says so. Called when a request was accepted, and at the start for those that waited then.
 */
export async function settleLetsencrypt(parts: Pick<Parts, 'store' | 'commits'>): Promise<void> {
  const ctx = { ...parts, actor: SYSTEM, authority: Authority.system, origin: null }
  const waiting = await ctx.store.reader
    .selectFrom('certificates')
    .selectAll()
    .where('status', '=', 'pending')
    .execute()
  for (const row of waiting) await refuse(ctx, row)
}

async function refuse(ctx: Pick<Context, Write>, before: CertificateRow): Promise<void> {
  await change(ctx, async (writer) => {
    const columns = {
      status: 'error' as const,
      status_details: NO_DIRECTORY,
      updated_at: timestamp(),
    }
    const { numUpdatedRows } = await writer
      .updateTable('certificates')
      .set(columns)
      .where('id', '=', before.id)
      .where('status', '=', 'pending')
      .executeTakeFirst()
    const after = { ...before, ...columns }
    return {
      historyOf: before.lb_id,
      entries:
        numUpdatedRows === 0n
          ? []
          : [{ verb: 'update', type: 'certificate', id: before.id, before, after }],
      result: async () => undefined,
    }
  })
}
