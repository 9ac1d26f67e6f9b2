import pino from 'pino'
import { Accounts } from '#lib/control-plane/accounts/accounts.ts'
import { AuditLog } from '#lib/control-plane/audit/audit-log.ts'
import { Authority } from '#lib/control-plane/authority/authority.ts'
import type { Context } from '#lib/control-plane/context.ts'
import { HealthMonitor } from '#lib/control-plane/health/health-monitor.ts'
import { startLeadership } from '#lib/control-plane/leadership/start-leadership.ts'
import { SOLE } from '#lib/control-plane/locks/locks.ts'
import { DraftCheckLimiter } from '#lib/control-plane/nodes/draft-check-limiter.ts'
import { AddressChanges } from '#lib/control-plane/nodes/hosts/address-changes.ts'
import { Fleet } from '#lib/control-plane/nodes/observed/fleet.ts'
import { NodeStreams } from '#lib/control-plane/nodes/streams/node-streams.ts'
import { TIMING } from '#lib/control-plane/notifications/timing.ts'
import { Placements } from '#lib/control-plane/placement/placements.ts'
import { RollOutLeases } from '#lib/control-plane/placement/roll-out-leases.ts'
import { RollOuts } from '#lib/control-plane/placement/roll-outs.ts'
import { startPlacement } from '#lib/control-plane/placement/start-placement.ts'
import { Replicas } from '#lib/control-plane/replicas/replicas.ts'
import { FreeAddresses } from '#lib/control-plane/services/ips/free-addresses.ts'
import { Signal } from '#lib/control-plane/store/signal.ts'
import { TrafficFile } from '#lib/control-plane/traffic/traffic-file.ts'
import { TrafficHistory } from '#lib/control-plane/traffic/traffic-history.ts'
import { TestHosts } from './test-hosts.ts'
import { testRegistry } from './test-nodes.ts'
import { testPools } from './test-pools.ts'
import { openTestStore } from './test-store.ts'

/** What services need, with a store of its own in memory. */
export async function serviceContext(): Promise<Context & AsyncDisposable> {
  const store = await openTestStore()
  const traffic = new TrafficHistory(new TrafficFile(':memory:'), () => {})
  const registry = await testRegistry()
  const fleet = new Fleet(registry)
  const commits = new Signal()
  const placements = await Placements.open(store, registry, true)
  const hosts = new TestHosts([])
  const log = pino({ level: 'silent' })
  const { switchovers, mover, tasks, stop } = startPlacement({
    ...{ store, commits, registry, fleet, placements, hosts, log },
    locks: SOLE,
    refresh: async () => {},
    sendToSupervisor: () => {},
    replaceBackupAfterMs: null,
    failbackMs: null,
  })
  const health = await HealthMonitor.start({ store, commits, fleet, traffic, log })
  const stopLeading = await startLeadership(store, tasks, log)
  return {
    store,
    accounts: new Accounts(store, 'a secret that is long enough for this'),
    audit: new AuditLog(store, pino({ level: 'silent' })),
    commits,
    registry,
    fleet,
    placements,
    rollOuts: new RollOuts({ placements, fleet, hosts, leases: new RollOutLeases(SOLE) }),
    hosts,
    switchovers,
    mover,
    addressChanges: new AddressChanges({ store, commits, registry, placements, log }),
    traffic,
    health,
    joining: null,
    demoSocket: null,
    drafts: {
      streams: new NodeStreams(),
      limiter: new DraftCheckLimiter(),
      wantNodes: () => {},
    },
    notifications: { smtp: null, missingSmtp: [], timing: TIMING },
    egress: { ownPorts: [], loopback: true, pools: [], webhookNetworks: null },
    addresses: new FreeAddresses(testPools({ 'fr-par': '10.0.0.0/24' })),
    owner: { organizationId: 'o', projectId: 'p', since: '2026-07-21T10:17:00Z' },
    replicas: new Replicas({ store, onChange: () => {}, log }),
    actor: { kind: 'system', id: 'test', name: 'test' },
    authority: Authority.system,
    origin: null,
    [Symbol.asyncDispose]: async () => {
      await stopLeading()
      stop()
      await health.stop()
      await traffic.close()
      await store.close()
    },
  }
}
