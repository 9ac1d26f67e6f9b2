import { randomBytes } from 'node:crypto'
import type { Region } from '#lib/core/locality.ts'
import { detach } from '#lib/process/faults.ts'
import { settingsVariable } from '#lib/protocol/settings/child-settings.ts'
import { ConsoleSettings } from '#lib/protocol/settings/console-settings.ts'
import { ControlPlaneSettings } from '#lib/protocol/settings/control-plane-settings.ts'
import { databaseName } from '#lib/protocol/settings/database-address.ts'
import {
  type ControlPlaneToSupervisor,
  DATABASE_AWAY_EXIT,
  type HungNode,
} from '#lib/protocol/supervision.ts'
import type { AddressOwnership } from './address-ownership/address-ownership.ts'
import { InProcessOwnership } from './address-ownership/in-process-ownership.ts'
import { Child, type ChildExit } from './child.ts'
import { buildConsole, isConsoleStale } from './console-build.ts'
import { DEMO_ADDRESSES, DEMO_PORT } from './demo-addresses.ts'
import { FailoverReports } from './failover-reports.ts'
import type { LocalHost } from './host/local-host.ts'
import { installationId, sharedInstallationId } from './installation-id.ts'
import { localNodes } from './local-nodes.ts'
import { NodeCredentials } from './node-credentials.ts'
import { Nodes, regionsWithLastGoodConfig } from './nodes.ts'
import { urlOf } from './settings/listen-settings.ts'
import type { Settings } from './settings/settings.ts'
import { SetupLink } from './setup-link.ts'
import type { ChildSpec } from './spawned-process.ts'
import { executeOrder, isSwitchoverOrder, type SwitchoverOrder } from './switchover-orders.ts'
import { print, printExit, step } from './terminal.ts'
import { warmCompileCache } from './warm-compile-cache.ts'

const STOP_MS = 5000

type Ready = { type: 'ready' }

/** A running Fairlead: its nodes, control plane, console and, with `--demo`, demo servers. */
export class Installation {
  readonly #settings: Settings
  readonly #ownership: AddressOwnership
  /** This machine as a host that shares HA IPs with others; null if it doesn't. */
  readonly #host: LocalHost | null
  readonly #nodes: Nodes
  readonly #credentials: NodeCredentials
  readonly #controlPlane: Child<ControlPlaneToSupervisor>
  readonly #failovers = new FailoverReports((message) => this.#controlPlane.send(message))
  readonly #console: Child<Ready> | null
  readonly #demo: Child<Ready> | null
  /** The nodes whose kill is deferred. */
  #hung: HungNode[] = []

  constructor(settings: Settings, host: LocalHost | null = null) {
    const { dataDir, demo, roles } = settings
    const credentials = new NodeCredentials(host?.address)
    this.#credentials = credentials
    const bffSecret = roles.has('console') ? randomBytes(32).toString('base64url') : null
    this.#settings = settings
    const { failbackMs, ...nodes } = settings.nodes
    this.#host = host
    this.#ownership = host?.ownership ?? new InProcessOwnership({ failbackMs })
    this.#ownership.onTakeover = (takeover) => this.#failovers.add(takeover)
    this.#nodes = new Nodes({
      ...nodes,
      nodes: roles.has('node') ? localNodes() : [],
      credentials,
      ownership: this.#ownership,
      onHung: (nodes) => {
        this.#hung = nodes
        this.#controlPlane.send({ type: 'hung', nodes })
      },
    })
    this.#controlPlane = new Child(
      {
        name: 'control-plane',
        kind: 'control-plane',
        entry: 'lib/control-plane/main.ts',
        env: () =>
          settingsVariable(ControlPlaneSettings, {
            ...settings.controlPlane,
            hasLocalNodes: roles.has('node'),
            nodes: credentials.registrations(),
            bffSecret,
          }),
      },
      dataDir,
    )
    this.#console = bffSecret === null ? null : consoleChild(settings, bffSecret)
    const entry = 'lib/supervisor/demo-servers.ts'
    this.#demo = demo ? new Child({ name: 'demo', kind: 'demo', entry }, dataDir) : null
  }

  /**
   * Starts everything. The nodes are first: they serve their last good configurations while the rest starts.
   * @throws Error for people if a process can't start
   */
  async start(): Promise<void> {
    const { dataDir, host, consolePort, publicOrigin, roles } = this.#settings
    const nodes: Promise<void>[] = []
    const startNodes = (regions: Region[]) => {
      nodes.push(...regions.map((region) => awaitedLater(this.#nodes.startRegion(region))))
      this.#controlPlane.send({ type: 'nodes', nodes: this.#credentials.registrations() })
    }
    const running = await this.#nodes.adoptRunning()
    if (running.length > 0) print('Adopted the running nodes.')
    startNodes([...new Set([...running, ...regionsWithLastGoodConfig(dataDir)])])
    this.#host?.open(
      (node, report) => this.#controlPlane.send({ type: 'host_report', node, report }),
      (lost) => this.#failovers.addLost(lost),
    )
    if (nodes.length === 0 && roles.has('node')) warmCompileCache()
    const setupLink = new SetupLink(publicOrigin ?? urlOf(host, consolePort))
    const onMessage = (message: ControlPlaneToSupervisor) => {
      if (message.type === 'setup_needed') setupLink.offer(message.token)
      if (message.type === 'regions') startNodes(message.regions)
      if (message.type === 'ready') {
        this.#failovers.connected()
        this.#host?.report()
        if (this.#hung.length > 0) this.#controlPlane.send({ type: 'hung', nodes: this.#hung })
      }
      if (message.type === 'host_order') this.#host?.onOrder(message)
      if (isSwitchoverOrder(message)) detach('supervisor', () => this.#executeOrder(message))
    }
    const controlPlane = started(this.#controlPlane, {
      onMessage,
      onEnd: () => this.#failovers.disconnected(),
      // Nodes that serve must not stop because the control plane has to wait.
      isAwaited: ({ status }) => status.code === DATABASE_AWAY_EXIT && nodes.length > 0,
    })
    const demo = this.#demo && started(this.#demo)
    if (this.#console && isConsoleStale()) await step('Building the console', buildConsole)
    // The ID of a shared installation is derived from the key file, which the first control plane creates.
    if (this.#settings.controlPlane.database) await controlPlane
    await Promise.all([controlPlane, demo, this.#console && started(this.#console)])
    await Promise.all(nodes)
    this.#host?.allClaimed()
    const { workersPerNode } = this.#nodes
    if (workersPerNode > 1) print(`Each node has ${workersPerNode} worker processes.`)
    const { database } = this.#settings.controlPlane
    if (database) print(`Store: the PostgreSQL database ${databaseName(database)}`)
    if (this.#demo) print(`Demo servers: ${DEMO_ADDRESSES.join(', ')}, port ${DEMO_PORT}`)
    if (this.#console) setupLink.show()
  }

  /** After an uncaught exception: checks the owner of every address. */
  recover(): void {
    this.#ownership.recover()
  }

  async #executeOrder(order: SwitchoverOrder): Promise<void> {
    this.#controlPlane.send(await executeOrder(this.#ownership, order))
  }

  /** Stops everything, the nodes last so that traffic flows as long as possible. */
  async stop(): Promise<void> {
    await Promise.all(
      [this.#console, this.#controlPlane, this.#demo].map((child) => child?.stop(STOP_MS)),
    )
    await this.#host?.shutDown()
    await this.#nodes.stop()
  }
}

function consoleChild(
  { dataDir, demo, console, controlPlane: { database, keyFile } }: Settings,
  bffSecret: string,
): Child<Ready> {
  const consoleSettings = (): ConsoleSettings => ({
    ...console,
    bffSecret,
    installationId: database ? sharedInstallationId(keyFile) : installationId(dataDir),
    demoServers: demo ? [...DEMO_ADDRESSES] : [],
  })
  const spec: ChildSpec = {
    name: 'console',
    kind: 'console',
    entry: 'lib/bff/main.ts',
    env: () => ({
      NODE_ENV: 'production',
      ...settingsVariable(ConsoleSettings, consoleSettings()),
    }),
  }
  return new Child(spec, dataDir)
}

type Start<Message> = {
  onMessage?: (message: Message) => void
  onEnd?: () => void
  /** Whether to go on waiting for a child that ended before it was ready. It is restarted in any case. */
  isAwaited?: (end: ChildExit) => boolean
}

/** Starts a child. Resolves when it is ready; rejects with its own message if it ends before that and isn't awaited. */
function started<Message extends { type: string }>(
  child: Child<Message>,
  { onMessage = () => {}, onEnd = () => {}, isAwaited = () => false }: Start<Message> = {},
): Promise<void> {
  let problem: string | null = null
  const ready = new Promise<void>((resolve, reject) => {
    child.onMessage = (message) => {
      onMessage(message)
      if (message.type === 'ready') resolve()
    }
    child.onExit = (end) => {
      onEnd()
      if (!end.beforeReady) printExit(child.name, end)
      else if (!isAwaited(end)) reject(new Error(end.message))
      else if (end.message !== problem) {
        problem = end.message
        print(
          `${problem} It is tried again. The nodes serve their last good configurations meanwhile.`,
        )
      }
    }
    child.start()
  })
  return awaitedLater(ready)
}

/** A promise that may be awaited long after it rejected, or never, without an unhandled rejection. */
function awaitedLater(promise: Promise<void>): Promise<void> {
  const handled = promise.catch(() => {})
  detach('supervisor', () => handled)
  return promise
}
