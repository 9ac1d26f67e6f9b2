import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Logger } from 'pino'
import type { Region } from '#lib/core/locality.ts'
import { contain } from '#lib/process/faults.ts'
import { HTTP_TIMEOUTS, limitConnections } from '#lib/process/http-limits.ts'
import { limitUnreadBodies } from '#lib/process/unread-bodies.ts'
import type {
  ControlPlaneToSupervisor,
  SupervisorToControlPlane,
} from '#lib/protocol/supervision.ts'

import { Accounts } from './accounts/accounts.ts'
import { OwnFailureCounts } from './accounts/failure-counts.ts'
import { PasswordThrottle } from './accounts/password-throttle.ts'
import { SetupLink } from './accounts/setup-link.ts'
import { SharedFailureCounts } from './accounts/shared-failure-counts.ts'
import { Throttle } from './accounts/throttle.ts'
import { AuditLog } from './audit/audit-log.ts'
import { Authority } from './authority/authority.ts'
import { findDemoSocket } from './demo/demo-socket.ts'
import type { Egress } from './egress/egress.ts'
import { HealthMonitor } from './health/health-monitor.ts'
import { makeApp } from './http/app.ts'
import { openJoining, openNodeListener } from './http/node-access.ts'
import { refusedRequestFilter } from './http/request-log.ts'
import { RequestRate } from './http/request-rate.ts'
import { leaderTasks } from './leader-tasks.ts'
import { startLeadership } from './leadership/start-leadership.ts'
import { openLocks } from './locks/open-locks.ts'
import { enter } from './locks/presence.ts'
import { DraftCheckLimiter } from './nodes/draft-check-limiter.ts'
import { AddressChanges } from './nodes/hosts/address-changes.ts'
import { HostConnections } from './nodes/hosts/host-connections.ts'
import type { HostLinks } from './nodes/hosts/host-links.ts'
import { Fleet } from './nodes/observed/fleet.ts'
import { RegionWatch } from './nodes/region-watch.ts'
import { registerLocalNodes } from './nodes/registry/register-local-nodes.ts'
import { StoredNodeRegistry } from './nodes/registry/stored-node-registry.ts'
import { NodeStreams } from './nodes/streams/node-streams.ts'
import { receiveFromSupervisor } from './nodes/supervisor-messages.ts'
import { Placements } from './placement/placements.ts'
import { RollOutLeases } from './placement/roll-out-leases.ts'
import { RollOuts } from './placement/roll-outs.ts'
import { startPlacement } from './placement/start-placement.ts'
import { Replicas } from './replicas/replicas.ts'
import { FreeAddresses } from './services/ips/free-addresses.ts'
import type { Settings } from './settings.ts'
import { Caches } from './store/caches.ts'
import { isReadOnly } from './store/disk-full.ts'
import { loadIdentity } from './store/installation-identity.ts'
import { problemLog } from './store/problem-log.ts'
import { Signal } from './store/signal.ts'
import { Store } from './store/store.ts'
import { ensureApiToken } from './tokens/api-tokens.ts'
import { TokenUses } from './tokens/token-uses.ts'
import { openTraffic } from './traffic/open-traffic.ts'

/** Connections of all clients: nodes, the console and programs. */
const CONNECTIONS_MAX = 2048

/** A running control plane. */
export type ControlPlane = {
  url: string
  /** Where nodes of other machines connect; null if there is no listener for them. */
  nodePort: number | null
  /** Handles a message from the supervisor. Resolves once it is stored. */
  onSupervisor: (message: SupervisorToControlPlane) => Promise<void>
  stop: () => Promise<void>
}

/**
 * Opens the store, creates the account and the token of the settings, and starts to listen.
 * @param sendToSupervisor sends a message to the supervisor
 * @param testLinks instead of those over mTLS and to the supervisor
 * @throws if it can't listen or the store can't be opened
 */
export async function startControlPlane(
  settings: Settings,
  log: Logger,
  sendToSupervisor: (message: ControlPlaneToSupervisor) => void,
  testLinks: HostLinks | null = null,
): Promise<ControlPlane> {
  const store = await openStore(settings, log)
  const leave = await enter(store, { hasLocalNodes: settings.hasLocalNodes, log }).catch(
    async (error: unknown) => {
      await store.close()
      throw error
    },
  )
  const { owner, authSecret } = await loadIdentity(store)
  const egress = await withAllocatedIps(settings.egress, store)
  const accounts = new Accounts(store, authSecret)
  await accounts.sessions.clampFutureTimes()
  const audit = new AuditLog(store, log)
  const setupLink = new SetupLink(authSecret)
  if (settings.admin) await accounts.createFirst(settings.admin)
  await ensureApiToken(store, settings.credentials).catch((err: unknown) => {
    // Without it the control plane still serves reads; the next start tries again.
    if (!isReadOnly(err)) throw err
    log.error({ err }, "the database is read-only: the settings' API token could not be written")
  })

  const lbs = await store.reader.selectFrom('lbs').select('id').execute()
  const lbIds = lbs.map(({ id }) => id)
  const traffic = await openTraffic(settings, { store, lbIds }, log)
  const commits = new Signal()
  const stopSharing = store.shareCommits(commits)
  const regions = new RegionWatch(store, commits, (needed) => {
    sendToSupervisor({ type: 'regions', regions: needed })
  })
  const caches = await Caches.open(store)
  const registry = await StoredNodeRegistry.open(store, log)
  await registerLocalNodes(registry, settings.nodes)
  const placements = await Placements.open(store, registry, settings.hasLocalNodes)
  await placements.pairs.ensure(Authority.system)
  const fleet = new Fleet(registry, placements)
  registry.subscribeRemoved((nodeId) => fleet.forgetNode(nodeId))
  if (store.isShared) fleet.lifecycles.noteExisting(lbIds)
  placements.subscribeForgotten((lbIds) => {
    for (const lbId of lbIds) {
      fleet.forget(lbId)
      traffic.forget(lbId)
    }
  })
  const stopCaches = caches.follow(commits, [registry.cache, ...placements.caches])
  const hosts: HostConnections = new HostConnections({
    registry,
    fleet,
    isOn: (node, lbId) => placements.isOn(node, lbId),
    recordFailovers: (failovers) => switchovers.recordReported(failovers),
    completeFailovers: (losses) => switchovers.complete(losses),
    sendToSupervisor,
  })
  const links = testLinks ?? hosts
  const locks = openLocks(store, log)
  const placement = startPlacement({
    ...{ store, commits, registry, fleet, placements, hosts: links, locks },
    refresh: () => caches.refresh(),
    replaceBackupAfterMs: settings.replaceBackupAfterMs,
    failbackMs: settings.failbackMs,
    ...{ log, sendToSupervisor },
  })
  const { switchovers } = placement
  const rollOuts = new RollOuts({
    placements,
    fleet,
    hosts: links,
    leases: new RollOutLeases(locks),
  })
  const joining = await openJoining(settings, store)
  const health = await HealthMonitor.start({ store, commits, fleet, traffic, log })
  const sendList = (addresses: string[]) =>
    hosts.sendToJoined({ type: 'control_planes', addresses })
  const replicas = new Replicas({ store, onChange: sendList, log })
  const context = {
    store,
    accounts,
    audit,
    commits,
    registry,
    fleet,
    traffic,
    health,
    drafts: {
      streams: new NodeStreams(),
      limiter: new DraftCheckLimiter(),
      wantNodes: (region: Region) => regions.want(region),
    },
    switchovers,
    joining,
    demoSocket: findDemoSocket(settings.databaseFile),
    placements,
    rollOuts,
    hosts: links,
    mover: placement.mover,
    addressChanges: new AddressChanges({ store, commits, registry, placements, log }),
    notifications: settings.notifications,
    egress,
    addresses: new FreeAddresses(settings.pools),
    owner,
    replicas,
  }
  const tasks = [...leaderTasks(context, settings, log), ...placement.tasks]
  const refusedFloods = refusedRequestFilter(log)
  const services = {
    context,
    setupLink,
    tokenUses: new TokenUses(store, log),
    requestRate: settings.requestRate && new RequestRate(settings.requestRate),
    throttles: {
      passwords: new PasswordThrottle(
        settings.logInFailures,
        store.isShared ? new SharedFailureCounts(store) : new OwnFailureCounts(),
      ),
      // Separate from passwords, because anyone can fill this table with wrong links.
      links: new Throttle(settings.logInFailures.address),
    },
    secrets: { bff: settings.bffSecret },
    refusedRequests: refusedFloods,
    trustedProxies: settings.trustedProxies,
    knownHosts: settings.known,
    log,
  }
  const app = makeApp(services)
  // Without `createServer` this is a plain HTTP/1.1 server.
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: HTTP_TIMEOUTS,
    // limitUnreadBodies does this.
    autoCleanupIncoming: false,
  }) as Server
  limitConnections(server, CONNECTIONS_MAX)
  limitUnreadBodies(server)
  const url = await listen(server, settings)
  const nodeListener = await openNodeListener({ ...services, hosts, replicas }, settings)
  await replicas.open({ api: new URL(url).host, nodes: nodeListener?.address ?? null })
  await regions.check()
  const stopLeading = await startLeadership(store, tasks, log, replicas.id)
  if (!(await accounts.exist())) {
    sendToSupervisor({ type: 'setup_needed', token: setupLink.token() })
  }
  sendToSupervisor({ type: 'ready' })
  const receivers = { registry, fleet, switchovers, hosts }
  return {
    url,
    nodePort: nodeListener?.port ?? null,
    onSupervisor: (message) => receiveFromSupervisor(receivers, message),
    stop: async () => {
      await regions.stop()
      rollOuts.stop()
      await Promise.all([close(server), nodeListener?.listener.close(), stopLeading()])
      refusedFloods.flush()
      placement.stop()
      await locks.stop()
      await health.stop()
      await audit.stop()
      await traffic.close()
      await replicas.stop()
      await registry.stop()
      await stopCaches()
      await stopSharing()
      await leave()
      await store.close()
    },
  }
}

function openStore({ database, databaseFile, keyFile }: Settings, log: Logger): Promise<Store> {
  if (!database) return Store.open(databaseFile, keyFile)
  return Store.connect(database, keyFile, {
    // Not as `err`: `problemLog` would drop it if a request has just failed.
    lost: ({ message }) => log.error({ problem: message }, 'the database is lost'),
    restored: (afterMs) => {
      problemLog.reset()
      log.info({ afterMs: Math.round(afterMs) }, 'the database answers again')
    },
  })
}

/** Adds allocated IPs to the egress policy whose networks were removed from the pools. */
async function withAllocatedIps(egress: Egress, { reader }: Store): Promise<Egress> {
  const ips = await reader.selectFrom('ips').select('address_number').execute()
  const ranges = ips.map(({ address_number: number }) => ({ first: number, last: number }))
  const isInPool = ({ first }: { first: number }) =>
    egress.pools.some((pool) => pool.ranges.some((one) => one.first <= first && first <= one.last))
  const outside = ranges.filter((one) => !isInPool(one))
  if (outside.length === 0) return egress
  return { ...egress, pools: [...egress.pools, { ranges: outside }] }
}

function listen(server: Server, { host, port }: Settings): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const onListening = contain(
      'process',
      () => {
        server.off('error', reject)
        const { port: actual } = server.address() as AddressInfo
        resolve(`http://${host.includes(':') ? `[${host}]` : host}:${actual}`)
      },
      reject,
    )
    server.listen(port, host, onListening)
  })
}

/** The time for requests in progress to complete. Streams never do, so they are closed after it. */
const DRAIN_MS = 200

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = contain('stop', () => server.closeAllConnections())
    const timer = setTimeout(cut, DRAIN_MS)
    const onClosed = contain(
      'stop',
      () => {
        clearTimeout(timer)
        resolve()
      },
      () => resolve(),
    )
    server.close(onClosed)
    server.closeIdleConnections()
  })
}
