import pino from 'pino'
import type { Settings } from '#lib/control-plane/settings.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { ConfigMessage } from '#lib/protocol/stream.ts'
import { waitFor } from '../wait.ts'
import { follow } from './follow-stream.ts'
import { addHostNodes, type HostNode, hostNode } from './host-nodes.ts'
import { lbReport, NO_COUNTS } from './reports.ts'
import { type RunningControlPlane, runControlPlane } from './running-control-plane.ts'
import {
  newTestDatabase,
  openStoreOf,
  type StoreSettings,
  type TestDatabase,
} from './test-database.ts'
import { TestHosts } from './test-hosts.ts'
import { TEST_NODES } from './test-nodes.ts'

const PARIS = '/lb/v1/regions/fr-par'

/** Which cluster's node of this machine accepts the connections of each load balancer; else that of its master. */
type LocalOwners = Map<string, Cluster>

/** A control plane with hosts, all of which are connected. `a` and `b` are the local nodes, if they are on the network. */
export function runWithHosts(...ids: string[]) {
  return runWithSettings({}, ...ids)
}

export async function runWithSettings(settings: Partial<Settings>, ...ids: string[]) {
  return runOn(await newTestDatabase(), { ids, settings })
}

/** The same where load balancers were created before the hosts joined. */
export async function runWithLocalLbs(count: number, ...ids: string[]) {
  const database = await newTestDatabase()
  const local = ids.filter((id) => id.length === 1)
  const before = await runOn(database, { ids: local })
  const lbs: { id: string }[] = []
  for (let at = 0; at < count; at += 1) lbs.push(await before.createLb(`lb-${at}`))
  await before.stop()
  const others = ids.filter((id) => !local.includes(id))
  return { running: await runOn(database, { ids, added: others }), lbs }
}

type Options = {
  ids: string[]
  /** Those of the hosts that the database does not have. */
  added?: string[]
  settings?: Partial<Settings>
}

async function runOn(
  database: TestDatabase,
  { ids, added = ids, settings: changes = {} }: Options,
) {
  const nodes = ids.map((id) => hostNode(id))
  await addNodes(
    database.settings,
    added.map((id) => hostNode(id)),
  )
  const hosts = new TestHosts(nodes)
  hosts.connect(...nodes.map(({ name }) => name))
  const addresses = new Map(nodes.map(({ name, address }) => [name, address]))
  const settings = {
    ...changes,
    ...database.settings,
    nodes: TEST_NODES.map((node) => ({ ...node, address: addresses.get(node.name) ?? null })),
  }
  const controlPlane = await runControlPlane(settings, pino({ level: 'silent' }), hosts)
  const localOwners: LocalOwners = new Map()
  const running: RunningNode[] = []
  /** Runs nodes: they apply what they are sent, and report it. */
  const runNodes = async (...shortNames: string[]) => {
    const started = shortNames.map((id) => runNode({ controlPlane, hosts, localOwners }, id))
    const nodes = await Promise.all(started)
    running.push(...nodes)
    return nodes
  }
  const supervisor = answerOrders(controlPlane, async (lbId, to) => {
    localOwners.set(lbId, to)
    for (const node of running) if (node.configs.has(lbId)) await node.report(lbId)
  })
  const createLb = async (name = 'site') =>
    (await controlPlane.call('POST', `${PARIS}/lbs`, { name })).body
  /** Resolves when each of two hosts owns a carrier of their pair, so that new load balancers start on their masters. */
  const bothOwnCarriers = (one: string, other: string) => {
    const pairsOf = (id: string) =>
      new Set([...hosts.host(`fr-par-${id}`).owned].map((key) => key.split(' ')[0]))
    return waitFor(
      'a carrier on each host',
      () => pairsOf(one).intersection(pairsOf(other)).size > 0,
    )
  }
  const configs = async (node: string) => {
    using stream = await follow(controlPlane, node)
    return configsIn(await stream.untilSynced())
  }
  /** The streams of nodes by their short names, which have what was sent up to now. */
  const followAll = (shortNames: string[]) =>
    Promise.all(
      shortNames.map(async (id) => {
        const name = `fr-par-${id}`
        const node = await follow(controlPlane, name)
        return { name, node, configs: configsIn(await node.untilSynced()) }
      }),
    )
  let isStopped = false
  const stop = async () => {
    if (isStopped) return
    isStopped = true
    clearInterval(supervisor)
    for (const node of running) node.stop()
    await controlPlane.stop()
  }
  const dispose = async () => {
    await stop()
    await database.remove()
  }
  const actions = { createLb, bothOwnCarriers, configs, followAll, runNodes, stop }
  return { controlPlane, hosts, ...actions, [Symbol.asyncDispose]: dispose }
}

export type RunningHosts = Awaited<ReturnType<typeof runWithHosts>>

export const configsIn = (messages: ConfigMessage[]): DesiredConfig[] =>
  messages.flatMap((message) => (message.type === 'apply' ? message.config : []))

async function addNodes(database: StoreSettings, nodes: HostNode[]): Promise<void> {
  const store = await openStoreOf(database)
  await addHostNodes(store, nodes)
  await store.close()
}

/** Answers the orders to the supervisor, which carries them out at once. */
function answerOrders(
  controlPlane: RunningControlPlane,
  switchOver: (lbId: string, to: Cluster) => Promise<void>,
) {
  let answered = 0
  const answer = async () => {
    const { supervisorMessages } = controlPlane
    for (; answered < supervisorMessages.length; answered += 1) {
      const order = supervisorMessages[answered]
      if (!order || !('id' in order)) continue
      if (order.type === 'switch_over' && order.to) await switchOver(order.lb_id, order.to)
      const reply = { type: 'moved' as const, id: order.id, failovers: [], problem: null }
      await controlPlane.onSupervisor(reply)
    }
  }
  return setInterval(() => void answer(), 5)
}

/** A node of a test, which applies all that it is sent. */
type RunningNode = Awaited<ReturnType<typeof runNode>>

async function runNode(
  parts: { controlPlane: RunningControlPlane; hosts: TestHosts; localOwners: LocalOwners },
  shortName: string,
) {
  const { controlPlane, hosts, localOwners } = parts
  const name = `fr-par-${shortName}`
  const stream = await follow(controlPlane, name)
  const configs = new Map<string, DesiredConfig>()
  /** Connections in progress, by load balancer. */
  const connections = new Map<string, number>()
  const isActive = (config: DesiredConfig) =>
    config.carriage
      ? hosts.acceptingNodes(config.lb_id).includes(name)
      : shortName === (localOwners.get(config.lb_id) ?? config.master)
  const reportOf = (config: DesiredConfig) =>
    lbReport({
      lb_id: config.lb_id,
      generation: config.generation,
      active: isActive(config),
      counters: { ...NO_COUNTS, connections_current: connections.get(config.lb_id) ?? 0 },
    })
  const report = (...lbIds: string[]) =>
    stream.report(...lbIds.flatMap((lbId) => configs.get(lbId) ?? []).map(reportOf))
  const apply = async (config: DesiredConfig) => {
    configs.set(config.lb_id, config)
    if (config.carriage) hosts.label(name, config.lb_id, config.carriage)
    await report(config.lb_id)
  }
  const remove = (lbId: string) => {
    configs.delete(lbId)
    if (hosts.has(name)) hosts.host(name).labels.delete(lbId)
  }
  const followAll = async () => {
    for await (const message of stream.messages) {
      if (message.type === 'remove') remove(message.lb_id)
      else if (message.type === 'apply') await apply(message.config)
    }
  }
  // It ends with an error when it is stopped.
  const follows = followAll().catch(() => {})
  const stop = () => stream.close()
  return { name, configs, connections, report, follows, stop }
}
