import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { NodeName } from '#lib/protocol/node-name.ts'
import { QuarantineFile, quarantinePath } from '#lib/protocol/quarantine.ts'
import { runNodes } from '#lib/testing/supervisor/nodes.ts'
import { simulateDelay } from '#lib/testing/wait.ts'
import type { AddressOwnership } from './address-ownership/address-ownership.ts'
import type { Nodes } from './nodes.ts'

/** Processes start slowly on a busy machine. */
const eventually = <Result>(assert: () => Result | Promise<Result>) =>
  vi.waitFor(assert, { timeout: 60_000, interval: 50 })

let stage: Awaited<ReturnType<typeof runNodes>>
let nodes: Nodes
let ownership: AddressOwnership

async function start(workers?: number): Promise<void> {
  const started = stage.start(workers)
  nodes = started.nodes
  ownership = started.ownership
  await nodes.adoptRunning()
}

beforeEach(async () => {
  stage = await runNodes()
  await start()
})
afterEach(() => stage.dispose(nodes))

const applied = (id: string, count = 2) =>
  eventually(async () => expect((await stage.observed(id)).applied_on).toBe(count))

const served = (url: string) =>
  eventually(async () => expect(await (await fetch(url)).text()).toBe('served'))

/** Sends requests on new connections, and counts the failed ones. */
async function askAllTheTime(url: string) {
  // Its sockets arrive after it is applied.
  await served(url)
  const failures: string[] = []
  let [isRunning, succeeded] = [true, 0]
  const loop = (async () => {
    while (isRunning) {
      try {
        const response = await fetch(url, { headers: { connection: 'close' } })
        if ((await response.text()) === 'served') succeeded += 1
        else failures.push(`HTTP ${response.status}`)
      } catch (error) {
        failures.push(String(((error as Error).cause as { code?: string })?.code ?? error))
      }
      await simulateDelay(5)
    }
  })()
  return {
    failures,
    succeeded: () => succeeded,
    stop: async () => {
      isRunning = false
      await loop
    },
  }
}

const quarantined = (node: NodeName) => {
  try {
    const text = readFileSync(quarantinePath(stage.dataDir, node), 'utf8')
    return QuarantineFile.parse(JSON.parse(text)).quarantined
  } catch {
    return []
  }
}

test('a change that hangs a node is quarantined there at the second end, and released by the next change', async () => {
  const shop = await stage.create('shop')
  const poison = await stage.create('poison')
  await nodes.startRegion('fr-par')
  await Promise.all([applied(shop.id), applied(poison.id)])
  const others = await askAllTheTime(shop.url)
  const own = await askAllTheTime(poison.url)
  await eventually(() => expect(others.succeeded()).toBeGreaterThan(20))
  await stage.rename(poison.backend, 'hangs-on-a')

  const words =
    /^Quarantined on fr-par-a: its configuration took this node down twice \(hung while applying generation 2\)\. The node still serves generation 1\. Change the load balancer to try again\.$/
  await eventually(async () => {
    const { problems } = await stage.observed(poison.id)
    expect(problems[0]?.message).toMatch(words)
  })
  expect(quarantined('fr-par-a')).toMatchObject([{ generation: 2, cause: 'hung_applying' }])
  // Both nodes run again and serve both load balancers.
  await eventually(async () => {
    const { instances, applied_on } = await stage.observed(shop.id)
    expect(applied_on).toBe(2)
    expect(instances.every(({ connected }) => connected)).toBe(true)
  })
  const before = others.succeeded()
  await eventually(() => expect(others.succeeded()).toBeGreaterThan(before + 20))
  await Promise.all([others.stop(), own.stop()])
  // Requests that the node had accepted are lost with it: one per client, at most twice.
  for (const { failures } of [others, own]) {
    expect(failures.filter((code) => code === 'ECONNREFUSED')).toEqual([])
    expect(failures.length).toBeLessThanOrEqual(2)
  }
  const [a] = await stage.listed()
  expect(a?.quarantined).toMatchObject([{ lb_id: poison.id, lb_name: 'poison', generation: 2 }])

  // It stays quarantined over a restart of the node and of everything.
  await nodes.stop()
  await start()
  await nodes.startRegion('fr-par')
  await eventually(async () =>
    expect((await stage.observed(poison.id)).problems[0]?.message).toMatch(words),
  )
  await applied(shop.id)
  expect(quarantined('fr-par-a')).toHaveLength(1)

  await stage.rename(poison.backend, 'web')
  await applied(poison.id)
  await eventually(() => expect(quarantined('fr-par-a')).toEqual([]))
  expect((await stage.observed(poison.id)).problems).toEqual([])
  expect((await stage.listed())[0]?.quarantined).toEqual([])
  await served(poison.url)
}, 180_000)

test('a change that hangs all workers takes down one node; the other keeps the previous generation', async () => {
  await nodes.stop()
  await start(2)
  const shop = await stage.create('shop')
  const poison = await stage.create('poison')
  await nodes.startRegion('fr-par')
  await Promise.all([applied(shop.id), applied(poison.id)])
  const others = await askAllTheTime(shop.url)
  await eventually(() => expect(others.succeeded()).toBeGreaterThan(20))
  await stage.rename(poison.backend, 'hangs')
  const all = () => [...quarantined('fr-par-a'), ...quarantined('fr-par-b')]
  await eventually(() => expect(all()).toMatchObject([{ generation: 2, cause: 'hung_applying' }]))
  await applied(shop.id)
  // Both serve the previous generation, and never hung at the same time.
  await eventually(async () => {
    const { instances } = await stage.observed(poison.id)
    expect(instances.map((one) => one.applied_generation)).toEqual([1, 1])
  })
  expect(stage.hung).toEqual([])
  await served(poison.url)
  await stage.rename(poison.backend, 'web')
  await applied(poison.id)
  await eventually(() => expect(all()).toHaveLength(0))
  await others.stop()
  expect(others.failures.filter((code) => code === 'ECONNREFUSED')).toEqual([])
  expect(others.failures.length).toBeLessThanOrEqual(2)
}, 180_000)

test('a configuration that crashes a node at its start is not loaded at the third start', async () => {
  const shop = await stage.create('shop')
  const poison = await stage.create('poison')
  await nodes.startRegion('fr-par')
  await Promise.all([applied(shop.id), applied(poison.id)])
  await eventually(() => readFileSync(join(stage.dataDir, 'nodes/fr-par-a', `${poison.id}.json`)))
  await nodes.stop()
  // As an older version left it.
  for (const node of ['fr-par-a', 'fr-par-b']) {
    const path = join(stage.dataDir, 'nodes', node, `${poison.id}.json`)
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('"web"', '"crashes"'))
  }
  await start()
  await nodes.startRegion('fr-par')
  await eventually(() => {
    expect(quarantined('fr-par-a')).toMatchObject([{ lb_id: poison.id, cause: 'crashed_applying' }])
    expect(quarantined('fr-par-b')).toMatchObject([{ lb_id: poison.id, cause: 'crashed_applying' }])
  })
  await applied(shop.id)
  await served(shop.url)
  // Neither node runs it, so its address refuses connections at once instead of queueing them.
  await eventually(async () => {
    const problem = await fetch(poison.url).catch((error) => error.cause.code)
    expect(problem).toBe('ECONNREFUSED')
  })
  await eventually(async () => {
    const { problems, instances } = await stage.observed(poison.id)
    expect(problems.filter((problem) => problem.message.startsWith('Quarantined on'))).toHaveLength(
      2,
    )
    expect(instances.map(({ quarantine }) => quarantine?.generation)).toEqual([1, 1])
  })
  await stage.rename(poison.backend, 'mended')
  await applied(poison.id)
  await served(poison.url)
}, 180_000)

test('a load balancer whose requests hang the node is found by its mark; the second node is not killed', async () => {
  const shop = await stage.create('shop')
  const trap = await stage.create('trap')
  await nodes.startRegion('fr-par')
  await Promise.all([applied(shop.id), applied(trap.id)])
  // On a new connection, which the active node accepts.
  const headers = { connection: 'close' }
  const spring = () => void fetch(`${trap.url}/trap`, { headers }).catch(() => {})
  const active = () => ownership.ownerOf(trap.id)
  await eventually(() => expect(active()).not.toBeNull())
  const first = active() ?? 'fr-par-a'
  const second = first === 'fr-par-a' ? 'fr-par-b' : 'fr-par-a'

  stage.trapFor(600_000)
  spring()
  await eventually(() => expect(active()).toBe(second))
  await eventually(async () => expect((await stage.observed(trap.id)).applied_on).toBe(2))

  // The same request blocks the other node too, which is not killed and recovers.
  stage.trapFor(2500)
  spring()
  await eventually(() =>
    expect(stage.hung.at(-1)).toMatchObject([{ node: second, reason: 'looping' }]),
  )
  await eventually(async () =>
    expect((await stage.observed(trap.id)).problems[0]?.message).toMatch(
      new RegExp(
        `^Node ${second} does not respond \\(a process is in an endless loop\\)\\. It will be restarted at`,
      ),
    ),
  )
  await eventually(() => expect(stage.hung.at(-1)).toEqual([]))
  expect(active()).toBe(second)

  // Back on the first node, this is the second end there.
  await eventually(async () =>
    expect(await ownership.switchOver(trap.id)).toHaveProperty('failover'),
  )
  stage.trapFor(600_000)
  spring()
  await eventually(() =>
    expect(quarantined(first)).toMatchObject([{ lb_id: trap.id, cause: 'hung_serving' }]),
  )
  await eventually(() => expect(active()).toBe(second))
  await served(trap.url)
  await served(shop.url)
  await applied(shop.id)
  await applied(trap.id, 1)
}, 180_000)
