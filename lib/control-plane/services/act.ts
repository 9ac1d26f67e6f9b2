import { Authority } from '../authority/authority.ts'
import type { Context } from '../context.ts'

/**
 * Starts an action that isn't a database write, such as an order to nodes, after checking the caller's authority in a transaction.
 * The transaction ends once the action has started; its result is awaited outside. What has started is completed, also if the caller's
 * rights end meanwhile.
 * @param start gets the authority to complete it
 */
export async function act<T>(
  ctx: Pick<Context, 'store' | 'authority'>,
  start: (authority: Authority) => Promise<T>,
): Promise<T> {
  const { settled } = await ctx.store.transaction(ctx.authority, async () => ({
    settled: Promise.allSettled([start(Authority.system)]),
  }))
  const [result] = await settled
  if (result.status === 'rejected') throw result.reason
  return result.value
}
