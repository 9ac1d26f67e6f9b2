import type { Authority } from '../../authority/authority.ts'
import { timestamp } from '../../clock.ts'
import type { Context, Parts } from '../../context.ts'
import type { CertificateRow } from '../../store/tables.ts'
import type { Write } from '../call.ts'
import { change } from '../change.ts'

const SYSTEM = { kind: 'system', id: 'certificates', name: 'certificates' } as const

const NO_DIRECTORY =
  'No ACME directory is configured, so this installation cannot request certificates. Import a certificate, ' +
  'or balance HTTPS in TCP mode with certificates on the servers.'

/**
 * Rejects pending Let's Encrypt requests: their status becomes `error`. Fairlead doesn't terminate TLS, so no ACME directory can be
 * configured. Called after each request, and by each new leader for requests that a crash left pending.
 */
export async function settleLetsencrypt(
  parts: Pick<Parts, 'store' | 'commits'>,
  authority: Authority,
): Promise<void> {
  const ctx = { ...parts, actor: SYSTEM, authority, origin: null }
  const pending = await ctx.store.reader
    .selectFrom('certificates')
    .selectAll()
    .where('status', '=', 'pending')
    .execute()
  for (const row of pending) await reject(ctx, row)
}

async function reject(ctx: Pick<Context, Write>, before: CertificateRow): Promise<void> {
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
