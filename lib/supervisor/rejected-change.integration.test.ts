import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ObservedLb } from '#lib/core/observed.ts'
import { runNodes } from '#lib/testing/supervisor/nodes.ts'
import type { Nodes } from './nodes.ts'

/** Processes start slowly on a busy machine. */
const eventually = <Result>(assert: () => Result | Promise<Result>) =>
  vi.waitFor(assert, { timeout: 60_000, interval: 50 })

let stage: Awaited<ReturnType<typeof runNodes>>
let nodes: Nodes

beforeEach(async () => {
  stage = await runNodes()
  ;({ nodes } = stage.start())
  await nodes.adoptRunning()
})
afterEach(() => stage.dispose(nodes))

const rejections = ({ instances }: ObservedLb) =>
  instances.map(({ node, applied_generation: applied, rejected }) => ({ node, applied, rejected }))

test('a change that one node rejects is applied on the other, and the API says where it was rejected and why', async () => {
  const shop = await stage.create('shop')
  await nodes.startRegion('fr-par')
  await eventually(async () => expect((await stage.observed(shop.id)).applied_on).toBe(2))

  await stage.rename(shop.backend, 'fails-on-b')
  await eventually(async () => {
    const observed = await stage.observed(shop.id)
    expect(observed).toMatchObject({ generation: 2, applied_on: 1 })
    expect(rejections(observed)).toEqual([
      { node: 'fr-par-a', applied: 2, rejected: null },
      { node: 'fr-par-b', applied: 1, rejected: { generation: 2, reason: 'planted' } },
    ])
  })
  expect((await stage.observed(shop.id)).problems).toContainEqual(
    expect.objectContaining({
      message: expect.stringContaining(
        'rejected generation 2 and keeps serving generation 1: planted.',
      ),
    }),
  )
  await eventually(async () => expect(await (await fetch(shop.url)).text()).toBe('served'))

  await stage.rename(shop.backend, 'web')
  await eventually(async () => {
    const observed = await stage.observed(shop.id)
    expect(observed.applied_on).toBe(2)
    expect(rejections(observed)).toEqual([
      { node: 'fr-par-a', applied: 3, rejected: null },
      { node: 'fr-par-b', applied: 3, rejected: null },
    ])
  })
})
