import type { Logger } from 'pino'
import type { Cluster } from '#lib/core/locality.ts'
import { detach } from '#lib/process/faults.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import type { ControlPlaneToSupervisor } from '#lib/protocol/supervision.ts'
import type { Authority } from '../authority/authority.ts'
import type { RecordingParts } from '../failovers/failover-history.ts'
import { PairSwitchovers } from '../failovers/pair-switchovers.ts'
import { Switchovers } from '../failovers/switchovers.ts'
import type { LeaderTask, Term } from '../leadership/term.ts'
import { TermEnded, unlessTermEnded } from '../leadership/term-ended.ts'
import type { Locks } from '../locks/locks.ts'
import type { HostLinks } from '../nodes/hosts/host-links.ts'
import { HostOrders } from '../nodes/hosts/host-orders.ts'
import type { NodeRegistry } from '../nodes/registry/node-registry.ts'
import { BackupReplacement } from './backup-replacement.ts'
import { FAILBACK, Failback } from './failback.ts'
import { HostProblems } from './host-problems.ts'
import { HostSync } from './host-sync.ts'
import { Mover } from './mover.ts'
import { PairLocks } from './pair-locks.ts'
import type { StoredPair } from './pairs.ts'
import type { Placements } from './placements.ts'
import { notifyResolved, recordSplitBrain } from './record-split-brain.ts'
import { type ObservedSplit, Witness } from './witness.ts'

type Parts = RecordingParts & {
  registry: NodeRegistry
  placements: Placements
  hosts: HostLinks
  locks: Locks
  /** Reads what other control planes have written until now. */
  refresh: () => Promise<void>
  /** How long a host may be lost before its load balancers get another backup; null for ever. Milliseconds. */
  replaceBackupAfterMs: number | null
  /** How long a master's host has to be back before its load balancers return to it; null for never. Milliseconds. */
  failbackMs: number | null
  log: Logger
  sendToSupervisor: (message: ControlPlaneToSupervisor) => void
}

/** Who is named for what goes on from before a restart. */
const RESUMED = {
  actor: { kind: 'system', id: 'switchover', name: 'switchover' },
  origin: null,
  verb: 'switch_over',
} as const

/** Starts what keeps load balancers on their hosts. @returns also the tasks of the leader among several control planes */
export function startPlacement(parts: Parts) {
  const { placements, registry, hosts, refresh, fleet, log } = parts
  const orders = new HostOrders(hosts, registry)
  const locks = new PairLocks({ locks: parts.locks, hosts, orders, refresh })
  const isReady = (lbId: string, cluster: Cluster) => {
    const row = placements.get(lbId)
    const instances = row ? fleet.instances(row.region, lbId) : []
    return instances.some((one) => one.cluster === cluster && canTakeOver(one.report))
  }
  const onPairs = new PairSwitchovers({ placements, hosts, locks, orders, isReady, log })
  const switchovers = new Switchovers(parts.sendToSupervisor, {
    ...parts,
    pairs: { placements, registry, switchovers: onPairs },
  })
  const startSync = ({ authority }: Term) => {
    const sync = new HostSync({
      authority,
      placements,
      registry,
      hosts,
      orders,
      switchovers: onPairs,
      record: (failovers) => switchovers.record(failovers, RESUMED, authority),
      log,
    })
    const unsubscribe = registry.changed.subscribe(() => {
      detach('takeover', () => sync.nodesChanged().catch(unlessTermEnded))
    })
    return () => {
      unsubscribe()
      sync.stop()
    }
  }
  const unsubscribe = placements.subscribe((lbIds) => fleet.placementChanged(lbIds))
  const switchOverLocally = async (lb_id: string, to: Cluster, authority: Authority) => {
    try {
      const order = { type: 'switch_over', lb_id, to } as const
      return (await switchovers.order(order, RESUMED, authority)).problem
    } catch (error) {
      if (error instanceof TermEnded) throw error
      return (error as Error).message
    }
  }
  const mover = new Mover({ ...parts, locks, orders, switchOverLocally })
  const { replaceBackupAfterMs: afterMs } = parts
  const replacement = new BackupReplacement({ placements, hosts, mover, afterMs, log })
  const giveBack = async (
    authority: Authority,
    ...[pair, to, lbIds]: [pair: StoredPair, to: Cluster, lbIds: string[]]
  ) => {
    const results = await onPairs.moveTo(pair, to, lbIds, authority)
    const failovers = results.flatMap((one) => ('failover' in one ? one.failover : []))
    await switchovers.record(failovers, FAILBACK, authority)
    const [problem] = results.flatMap((one) => ('problem' in one ? one.problem : []))
    if (problem) log.warn({ problem }, 'load balancers not given back to their masters')
  }
  const startFailback = ({ isCertain, authority }: Term) => {
    const failback = new Failback({
      ...parts,
      isReady,
      giveBack: async (...due) => {
        if (isCertain()) await giveBack(authority, ...due).catch(unlessTermEnded)
      },
      afterMs: parts.failbackMs,
    })
    return () => failback.stop()
  }
  const witness = new Witness({
    placements,
    hosts,
    orders,
    log,
    onChange: (...change) =>
      detach('takeover', () => splitBrainChanged(...change).catch(unlessTermEnded)),
  })
  const problems = new HostProblems({ placements, registry, hosts, replacement, witness })
  fleet.hostProblems = (lbId) => problems.of(lbId)
  const splitBrainChanged = async (split: ObservedSplit, isOver: boolean, authority: Authority) => {
    const lastedMs = performance.now() - split.since
    const rows = placements.onPair(split.pair).filter(({ carrier }) => carrier === split.carrier)
    const lbIds = rows.map(({ lb_id }) => lb_id)
    const problem = problems.splitBrain(split)
    if (!isOver) await switchovers.splitBrain(lbIds, lastedMs, authority)
    if (isOver) await notifyResolved(parts, lbIds, authority)
    else if (problem)
      await recordSplitBrain(parts, lbIds, problem, { since: split.since, authority })
    for (const lbId of lbIds) fleet.notifyChanged(lbId)
  }
  const tasks: LeaderTask[] = [
    { name: 'mover', start: (term) => mover.lead(term) },
    { name: 'host sync', start: startSync },
    { name: 'failback', start: startFailback },
    { name: 'backup replacement', start: (term) => replacement.lead(term) },
    { name: 'witness', start: (term) => witness.lead(term) },
  ]
  const stop = () => {
    unsubscribe()
    switchovers.stop()
    witness.stop()
    replacement.stop()
    orders.close()
  }
  return { switchovers, mover, tasks, stop }
}

/** Whether an instance has a socket for each of its ports. */
function canTakeOver(report: LbReport | null): boolean {
  return report?.listeners.every(({ state }) => state !== 'failed') ?? false
}
