import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { Store } from '#lib/control-plane/store/store.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { ConfigMessage } from '#lib/protocol/stream.ts'
import { follow } from './follow-stream.ts'
import { addHostNodes, hostNode } from './host-nodes.ts'
import { runControlPlane } from './running-control-plane.ts'
import { TestHosts } from './test-hosts.ts'

const PARIS = '/lb/v1/regions/fr-par'

/** A control plane with hosts, all of which are connected. */
export async function runWithHosts(...ids: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-placement-'))
  const databaseFile = join(directory, 'fairlead.db')
  const nodes = ids.map((id) => hostNode(id))
  const store = await Store.open(databaseFile)
  await addHostNodes(store, nodes)
  await store.close()
  const hosts = new TestHosts(nodes)
  hosts.connect(...nodes.map(({ name }) => name))
  const controlPlane = await runControlPlane({ databaseFile }, pino({ level: 'silent' }), hosts)
  const createLb = async (name = 'site') =>
    (await controlPlane.call('POST', `${PARIS}/lbs`, { name })).body
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
  const dispose = async () => {
    await controlPlane.stop()
    rmSync(directory, { recursive: true })
  }
  return { controlPlane, hosts, createLb, configs, followAll, [Symbol.asyncDispose]: dispose }
}

export type RunningHosts = Awaited<ReturnType<typeof runWithHosts>>

export const configsIn = (messages: ConfigMessage[]): DesiredConfig[] =>
  messages.flatMap((message) => (message.type === 'apply' ? message.config : []))
