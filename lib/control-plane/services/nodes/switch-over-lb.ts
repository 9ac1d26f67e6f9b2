import { type Failover, SwitchOver } from '#lib/core/failover.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { Context } from '../../context.ts'
import { preconditionFailed } from '../../errors.ts'
import { findLbAnywhere } from '../../store/find.ts'
import type { LbRow } from '../../store/tables.ts'
import { act } from '../act.ts'
import type { CallWith, Write } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import { recordMoves } from './record-moves.ts'

/**
 * Has a load balancer's other instance, or that of the named cluster, take its new connections. Those in progress complete
 * where they are.
 */
export async function switchOverLb({
  ctx,
  id,
  input,
}: CallWith<'id' | 'input', Write | 'fleet' | 'switchovers'>): Promise<Failover> {
  const { to } = parseInput(SwitchOver, input ?? {})
  const lb = await findLbAnywhere(ctx.store.reader, id)
  requireUpToDate(ctx, lb, to)
  const order = { type: 'switch_over' as const, lb_id: lb.id, ...(to && { to }) }
  const { failovers, problem } = await act(ctx, () => ctx.switchovers.order(order))
  const [failover] = failovers
  if (!failover) throw preconditionFailed('not_ready', problem ?? 'Nothing was moved.')
  await recordMoves(ctx, 'switch_over', failovers)
  return failover
}

/** An instance that lacks the newest change would undo it for whoever connects. */
function requireUpToDate(ctx: Pick<Context, 'fleet'>, lb: LbRow, to?: Cluster): void {
  const instances = ctx.fleet.instances(lb.region, lb.id)
  const active = instances.find(({ report }) => report?.active)?.cluster
  const target = instances.find(({ cluster }) => (to ? cluster === to : cluster !== active))
  if (!target || target.cluster === active) return
  const words = `The ${target.cluster === lb.master ? 'master' : 'backup'} instance (cluster ${target.cluster})`
  if (!target.connected) throw preconditionFailed('not_running', `${words} is not running.`)
  if (target.applied !== lb.generation) {
    throw preconditionFailed('not_applied', `${words} has not applied the newest change yet.`)
  }
}
