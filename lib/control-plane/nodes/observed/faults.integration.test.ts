import { expect, test } from 'vitest'
import type { ObservedLb } from '#lib/core/observed.ts'
import { problemTexts } from '#lib/core/problem.ts'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { parseMetrics } from '#lib/testing/control-plane/parse-metrics.ts'
import { lbReport } from '#lib/testing/control-plane/reports.ts'
import { runControlPlane, SECRET_KEY } from '#lib/testing/control-plane/running-control-plane.ts'

const REGION = '/lb/v1/regions/fr-par'
const OWN = '/fairlead/v1'

const faultsOf = (total: number, second: number, words: string) => ({
  boundary: second === 1 ? 'connection' : 'health check',
  total,
  last_at: `2026-07-21T10:00:0${second}.000Z`,
  words,
})

test('a node’s faults are counted in the metrics, and the list of nodes shows the last one', async () => {
  const controlPlane = await runControlPlane()
  const list = async () => (await controlPlane.call('GET', `${OWN}/nodes`)).body.nodes[0].faults
  const node = await follow(controlPlane, 'fr-par-a')
  const none = { total: 0, last_at: null, last_message: null }
  expect(await list()).toEqual(none)
  const faults = [faultsOf(2, 1, 'x is undefined'), faultsOf(3, 2, 'Invalid URL')]
  await node.reportAll({ lbs: [], faults })
  const last = { last_at: '2026-07-21T10:00:02.000Z', last_message: 'Invalid URL' }
  expect(await list()).toEqual({ total: 5, ...last })

  const headers = { 'X-Auth-Token': SECRET_KEY }
  const scraped = async () =>
    parseMetrics(await (await fetch(`${controlPlane.url}${OWN}/metrics`, { headers })).text())
      .values
  const series = (boundary: string) =>
    `fairlead_node_faults_total{node="fr-par-a",worker="1",boundary="${boundary}"}`
  const values = await scraped()
  expect([values.get(series('connection')), values.get(series('health check'))]).toEqual([2, 3])

  // A new process starts at zero.
  node.close()
  await expect.poll(list).toEqual(none)
  // Readers share a text for a second.
  await expect
    .poll(async () => (await scraped()).has(series('connection')), { timeout: 30_000 })
    .toBe(false)
  await controlPlane.stop()
})

test('a configuration that a node rejected is a problem until a later one is applied', async () => {
  const controlPlane = await runControlPlane()
  const { body: lb } = await controlPlane.call('POST', `${REGION}/lbs`, { name: 'site' })
  await controlPlane.call('PUT', `${REGION}/lbs/${lb.id}`, { name: 'site 2' })
  const [a, b] = [await follow(controlPlane, 'fr-par-a'), await follow(controlPlane, 'fr-par-b')]
  const observed = async (): Promise<ObservedLb> =>
    (await controlPlane.call('GET', `${OWN}/lbs/${lb.id}/observed`)).body
  const problems = async () =>
    problemTexts((await observed()).problems).filter((one) => one.includes('rejected generation'))
  const rejections = async () =>
    (await observed()).instances.map(({ node, rejected: one }) => [node, one])
  const rejected = { generation: 2, reason: 'Invalid URL' }
  await a.report(lbReport({ lb_id: lb.id, generation: 1, rejected }))
  await b.report(lbReport({ lb_id: lb.id, generation: 0, rejected }))
  expect(await problems()).toEqual([
    'The master instance (cluster a) rejected generation 2 and keeps serving generation 1: ' +
      'Invalid URL. Undo the last change, or make another one.',
    "The backup instance (cluster b) rejected generation 2 and doesn't serve this " +
      'load balancer: Invalid URL. Undo the last change, or make another one.',
  ])
  expect(await rejections()).toEqual([
    ['fr-par-a', rejected],
    ['fr-par-b', rejected],
  ])
  const { body } = await controlPlane.call('GET', `${REGION}/lbs/${lb.id}`)
  expect(body.instances.map(({ status }: { status: string }) => status)).toContain('error')

  await a.report(lbReport({ lb_id: lb.id, generation: 3 }))
  await b.report(lbReport({ lb_id: lb.id, generation: 3 }))
  expect(await problems()).toEqual([])
  expect(await rejections()).toEqual([
    ['fr-par-a', null],
    ['fr-par-b', null],
  ])
  a.close()
  b.close()
  await controlPlane.stop()
})
