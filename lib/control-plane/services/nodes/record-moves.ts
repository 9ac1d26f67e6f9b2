import type { Failover } from '#lib/core/failover.ts'
import { Authority } from '../../authority/authority.ts'
import type { Context } from '../../context.ts'
import { isDiskFull } from '../../store/disk-full.ts'
import { findLbAnywhere } from '../../store/find.ts'
import type { Write } from '../call.ts'
import { change, type Entry } from '../change.ts'

/** Writes into the histories of load balancers who has moved them where. They have moved, so a full disk only costs the line. */
export async function recordMoves(
  ctx: Pick<Context, Write>,
  verb: string,
  failovers: Failover[],
): Promise<void> {
  // Who asked had the right when it began, which is when it counts.
  const moved = { ...ctx, authority: Authority.system }
  try {
    for (const { lb_id: id, from, to } of failovers) {
      await change(moved, async (writer) => {
        const { name } = await findLbAnywhere(writer, id)
        const [before, after] = [from, to].map((active_cluster) => ({ name, active_cluster }))
        const entries: Entry[] = [{ verb, type: 'lb', id, before, after }]
        return { historyOf: id, entries, result: async () => undefined }
      })
    }
  } catch (error) {
    if (!isDiskFull(error)) throw error
  }
}
