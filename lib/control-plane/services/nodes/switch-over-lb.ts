import { type Failover, SwitchoverRequest } from '#lib/core/failover.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { Context } from '../../context.ts'
import { preconditionFailed } from '../../errors.ts'
import { findLbAnywhere } from '../../store/find.ts'
import type { LbRow } from '../../store/tables.ts'
import { act } from '../act.ts'
import type { CallWith, Write } from '../call.ts'
import { parseInput } from '../parse-input.ts'

/**
 * Activates a load balancer's other instance, or that of the named cluster. Connections in progress stay on the former one.
 */
export async function switchOverLb({
  ctx,
  id,
  input,
}: CallWith<'id' | 'input', Write | 'fleet' | 'switchovers'>): Promise<Failover> {
  const { to } = parseInput(SwitchoverRequest, input ?? {})
  const lb = await findLbAnywhere(ctx.store.reader, id)
  requireUpToDate(ctx, lb, to)
  const order = { type: 'switch_over' as const, lb_id: lb.id, ...(to && { to }) }
  const { failovers, problem } = await act(ctx, (authority) =>
    ctx.switchovers.order(order, ctx, authority),
  )
  const [failover] = failovers
  if (!failover) throw preconditionFailed('not_ready', problem ?? 'Nothing was switched over.')
  return failover
}

/** An instance that has not applied the newest change would revert it for new connections. */
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
