import type { Context } from '../context.ts'

/**
 * Starts what is no write, such as an order to nodes, as `change` writes: only while the caller has the right. The
 * transaction ends once it is started; what becomes of it is waited for outside.
 */
export async function act<T>(
  ctx: Pick<Context, 'store' | 'authority'>,
  start: () => Promise<T>,
): Promise<T> {
  const { settled } = await ctx.store.transaction(ctx.authority, async () => ({
    settled: Promise.allSettled([start()]),
  }))
  const [outcome] = await settled
  if (outcome.status === 'rejected') throw outcome.reason
  return outcome.value
}
