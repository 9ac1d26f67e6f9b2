import type { ObservedInstance, ObservedLb } from '#lib/core/observed.ts'
import type { Quarantine } from '#lib/core/quarantine.ts'
import { lastFailover } from '../../failovers/failover-history.ts'
import type { InstanceState } from '../../nodes/observed/instance-state.ts'
import { observedHealth } from '../../nodes/observed/observed-health.ts'
import { findLbAnywhere } from '../../store/find.ts'
import { loadRules, NO_RULES } from '../../store/load-rules.ts'
import type { LbRow } from '../../store/tables.ts'
import { lbState } from '../../views/lb-view.ts'
import type { CallWith } from '../call.ts'

/** The observed state of a load balancer: the last reports of both nodes, and its health. */
export async function getObservedLb({
  ctx,
  id,
}: CallWith<'id', 'store' | 'fleet' | 'traffic'>): Promise<ObservedLb> {
  const { reader } = ctx.store
  const lb = await findLbAnywhere(reader, id)
  const query = reader.selectFrom('ips').select('ip_address').where('lb_id', '=', lb.id)
  const address = (await query.executeTakeFirst())?.ip_address ?? null
  const rules = (await loadRules(reader, [lb.id])).get(lb.id) ?? NO_RULES
  const state = lbState(lb, address, ctx.fleet)
  const { health, problems } = observedHealth(state, rules, ctx.traffic.recentResponses.of(lb.id))
  const instances = state.instances
    .map((node) => observedInstance(lb, node, state.divergence !== null))
    .sort((one, other) => other.role.localeCompare(one.role))
  return {
    lb_id: lb.id,
    generation: lb.generation,
    applied_on: state.divergence
      ? 0
      : instances.filter((one) => one.applied_generation === lb.generation).length,
    instances,
    rates: ctx.traffic.rates(lb.id),
    last_failover: await lastFailover(reader, lb.id),
    health,
    problems,
  }
}

function observedInstance(
  lb: LbRow,
  { cluster, node, connected, applied, report, quarantine }: InstanceState,
  diverged: boolean,
): ObservedInstance {
  // On a diverged node, the same number is a different generation.
  const upToDate = !diverged && applied === lb.generation
  return {
    node: node?.name ?? `${lb.region}-${cluster}`,
    cluster,
    role: cluster === lb.master ? 'master' : 'backup',
    connected,
    active: report?.active ?? false,
    active_since: report?.active_since ?? null,
    failover_id: report?.failover_id ?? null,
    applied_generation: applied,
    applied_after_ms:
      report && upToDate
        ? Math.max(0, Date.parse(report.applied_at) - Date.parse(lb.changed_at))
        : null,
    listeners: report?.listeners ?? [],
    servers: report?.servers ?? [],
    counters: report?.counters ?? null,
    rejected: report?.rejected?.generation === lb.generation ? report.rejected : null,
    quarantine: quarantine?.generation === lb.generation ? quarantineView(quarantine) : null,
  }
}

function quarantineView({ generation, since, cause }: Quarantine): Quarantine {
  return { generation, since, cause }
}
