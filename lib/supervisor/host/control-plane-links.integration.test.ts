import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { soleTerm } from '#lib/control-plane/leadership/start-leadership.ts'
import { pruneReplicas, STALE_MS } from '#lib/control-plane/replicas/prune-replicas.ts'
import { Store } from '#lib/control-plane/store/store.ts'
import { controlPlaneUrl } from '#lib/node/transport/node-identity.ts'
import type { HostOrder } from '#lib/protocol/host-link.ts'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { runJoinableControlPlane } from '#lib/testing/control-plane/joined-node.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { databaseOn, runSql } from '#lib/testing/control-plane/test-postgres.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { joinedIdentity } from '#lib/testing/supervisor/joined-identity.ts'
import { ControlPlaneLinks } from './control-plane-links.ts'

const WAIT = { timeout: 10_000 }

describe.skipIf(missingPrograms('postgres'))('control planes on one database', () => {
  let server: ServerProgram
  let directory: string
  let running: RunningControlPlane[] = []

  beforeAll(async () => {
    server = await startPostgres('127.0.0.1', await freePort())
    directory = mkdtempSync(join(tmpdir(), 'fairlead-links-'))
  })
  afterEach(async () => {
    for (const controlPlane of running) await controlPlane.stop()
    running = []
    await runSql(server, 'delete from replicas')
  })
  afterAll(async () => {
    await server.remove()
    rmSync(directory, { recursive: true })
  })

  async function start(): Promise<RunningControlPlane> {
    const keyFile = join(directory, 'secrets.key')
    const database = databaseOn(server)
    const started = await runJoinableControlPlane({ database, keyFile, hasLocalNodes: false })
    running.push(started)
    return started
  }
  async function stop(controlPlane: RunningControlPlane): Promise<void> {
    running = running.filter((one) => one !== controlPlane)
    await controlPlane.stop()
  }
  const addressOf = ({ nodePort }: RunningControlPlane) => `127.0.0.1:${nodePort}`

  /** The links of a host that has joined at the first control plane and knows only that. */
  async function linksFrom(first: RunningControlPlane) {
    const joined = await joinedIdentity(first, { name: `lb-${randomUUID().slice(0, 8)}` })
    const orders: HostOrder['type'][] = []
    const lists: string[][] = []
    const onRemoved = vi.fn()
    const links = new ControlPlaneLinks({
      controlPlanes: [addressOf(first)],
      accessTo: (address) => ({ ...joined.access, apiUrl: controlPlaneUrl(address) }),
      addresses: () => [],
      onOrder: async ({ type }) => {
        orders.push(type)
        return null
      },
      onControlPlanes: (addresses) => lists.push(addresses),
      onRemoved,
    })
    onTestFinished(() => {
      links.stop()
      joined[Symbol.dispose]()
    })
    links.run()
    return { links, joined, lists, onRemoved }
  }
  const problemAt = async (controlPlane: RunningControlPlane, node: string) => {
    const { body } = await controlPlane.call('GET', '/fairlead/v1/nodes')
    return body.nodes.find(({ name }: { name: string }) => name === node)?.problem
  }

  test('a host links to those that start later, and reports to all', async () => {
    const first = await start()
    const { links, joined, lists } = await linksFrom(first)
    links.report({
      type: 'hung',
      nodes: [{ node: joined.node.name, reason: 'looping', until: '2026-07-21T10:18:00Z' }],
    })
    const second = await start()
    const both = [addressOf(first), addressOf(second)].sort()
    await vi.waitFor(() => expect(lists).toEqual([both]), WAIT)
    for (const controlPlane of [first, second]) {
      const problem = () => problemAt(controlPlane, joined.node.name)
      await expect.poll(problem, WAIT).toMatch(/does not respond/)
    }
    await stop(first)
    links.report({ type: 'hung', nodes: [] })
    await expect.poll(() => problemAt(second, joined.node.name), WAIT).toBeNull()
  })

  test('a control plane that has not been seen for a day is removed, and hosts link to it no more', async () => {
    const first = await start()
    const { lists } = await linksFrom(first)
    const second = await start()
    await vi.waitFor(() => expect(lists).toHaveLength(1), WAIT)
    await stop(second)
    const long = new Date(Date.now() - STALE_MS - 1000).toISOString()
    const address = addressOf(second)
    const aged = `update replicas set last_seen_at = '${long}' where address = '${address}'`
    await runSql(server, aged)
    const availability = { lost: () => {}, restored: () => {} }
    const store = await Store.connect(
      databaseOn(server),
      join(directory, 'secrets.key'),
      availability,
    )
    const task = pruneReplicas({ store, log: pino({ level: 'silent' }), lookEveryMs: 50 })
    const stopTask = await task.start(soleTerm().term)
    await vi.waitFor(() => expect(lists.at(-1)).toEqual([addressOf(first)]), WAIT)
    await stopTask()
    await store.close()
  })
})
