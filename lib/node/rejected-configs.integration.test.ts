import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import { Plants } from '#lib/testing/faults/planted-process.ts'
import { ControlPlane, eventually } from '#lib/testing/node/node-process.ts'
import { PlantedNode, steadyLb } from '#lib/testing/node/planted-node.ts'
import { pathBegin, testAcl, testRoute } from '#lib/testing/runtime/rules.ts'
import { freePort, testBackend, testFrontend } from '#lib/testing/runtime/running-lb.ts'
import { SteadyClients } from '#lib/testing/runtime/steady-clients.ts'

// Plants an exception before every step of applying a change, in a node under traffic. The node rejects the change with the
// reason, and no request is lost.

/** Steps in `lib/runtime`: the file, and the source before which the exception is thrown. */
const STEPS: [file: string, source: string][] = [
  ['prepared-config.ts', 'const rules = yield* prepareRules'],
  ['rules/route.ts', "if (match.type === 'path_begin')"],
  ['prepared-config.ts', 'backends.set('],
  ['backend.ts', 'this.#onHealth = onHealth'],
  ['backend.ts', 'const remaining = new Map'],
  ['server.ts', 'this.address = address'],
  ['backend.ts', 'const monitor = this.#monitors.get'],
  ['backend.ts', 'const removed = [...remaining'],
  ['frontend.ts', 'this.#logFile = shared.logFile'],
  ['frontend.ts', 'const rate = this.#rateFor'],
  ['connection-rate.ts', 'this.rate = rate'],
  ['prepared-config.ts', 'return { config, backends, frontends }'],
  ['load-balancer.ts', 'const moved = this.#movedPorts'],
  ['sockets/lb-listeners.ts', 'const vacated = vacatedPorts'],
  ['sockets/port-listener.ts', 'this.address = address'],
  ['load-balancer.ts', 'const removedFrontends ='],
]

/** Requests of the clients after each rejection. */
const REQUESTS_AFTER = 15

/** The next generation: a new backend, server, frontend, ACL, route and rate limit, and another port. */
async function changeOf(config: DesiredConfig, generation: number): Promise<DesiredConfig> {
  const [web, stream] = config.frontends
  const [server, echo] = config.backends
  if (!web || !stream || !server || !echo) throw new Error('no parts')
  const added = testBackend(server.port)
  const more = { ...testFrontend(await freePort(), added), connection_rate_limit: generation }
  const acls = [testAcl(pathBegin('/denied'))]
  const routes = [testRoute(added, { type: 'path_begin', path: '/added' })]
  return {
    ...config,
    generation,
    frontends: [{ ...web, acls, routes }, stream, more],
    backends: [{ ...server, servers: [...server.servers, '127.0.0.2'] }, echo, added],
  }
}

test('a change that fails at any step is rejected with its reason, and the former configuration serves on', async () => {
  const plants = STEPS.reduce(
    (all, [file, source]) => all.before(`${file}: ${source}`, file, source),
    new Plants('lib/runtime'),
  )
  const dataDir = mkdtempSync(join(tmpdir(), 'fairlead-rejected-'))
  const controlPlane = new ControlPlane()
  const apiUrl = await controlPlane.listen()
  onTestFinished(() => {
    controlPlane.close()
    plants.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const node = new PlantedNode({ plants, dataDir, apiUrl })
  const planted = await plants.of(node.pid)
  const { config, ...ports } = await steadyLb()
  const report = () => controlPlane.reports.get(1)?.get(config.lb_id)
  await eventually(() => controlPlane.hellos.length > 0)
  controlPlane.say({ type: 'apply', config })
  await eventually(
    () =>
      report()?.active === true &&
      report()?.servers.every(({ state }) => state === 'up') === true &&
      report()?.listeners.every(({ state }) => state === 'listening') === true,
  )
  const clients = new SteadyClients(ports)
  onTestFinished(() => clients.stop())
  const before = stateOf(report())

  let { generation } = config
  for (const [file, source] of STEPS) {
    const id = `${file}: ${source}`
    generation += 1
    await planted.arm(id)
    controlPlane.say({ type: 'apply', config: await changeOf(config, generation) })
    await eventually(() => report()?.rejected?.generation === generation)
    expect(planted.thrown.at(-1)).toBe(id)
    expect(report()?.rejected?.reason).toBe(`planted in ${id}`)
    expect(stateOf(report())).toEqual(before)
    const { requests } = clients
    await eventually(() => clients.requests >= requests + REQUESTS_AFTER)
    expect(clients.errors).toEqual([])
  }

  generation += 1
  controlPlane.say({ type: 'apply', config: await changeOf(config, generation) })
  await eventually(() => report()?.generation === generation)
  expect(report()?.rejected).toBeUndefined()
  expect(report()?.counting_since).toBe(before?.counting_since)
  await eventually(() => report()?.listeners.every(({ state }) => state === 'listening') === true)
  expect(report()?.listeners).toHaveLength(3)
  const { requests } = clients
  await eventually(() => clients.requests >= requests + REQUESTS_AFTER)
  expect(clients.errors).toEqual([])
})

/** What a rejected change must not alter. */
function stateOf(report: LbReport | undefined) {
  if (!report) return null
  const { generation, applied_at, active_since, listeners, problems, counting_since } = report
  const servers = report.servers.map(({ address, state, since }) => [address, state, since])
  return { generation, applied_at, active_since, listeners, problems, counting_since, servers }
}
