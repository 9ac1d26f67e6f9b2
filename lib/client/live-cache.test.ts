import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import { LiveCache } from './live-cache.ts'

const client = new QueryClient()
const cache = new LiveCache(client)
const stops: (() => void)[] = []

afterEach(() => {
  for (const stop of stops.splice(0)) stop()
  cache.stop()
  client.clear()
})

/** A query on the page. Returns how often it was read. */
function shown(queryKey: string[]) {
  const read = vi.fn(async () => ({}))
  const observer = new QueryObserver(client, { queryKey, queryFn: read, staleTime: 60_000 })
  stops.push(observer.subscribe(() => {}))
  return () => read.mock.calls.length
}

test('reads again what an event is about, and nothing else', async () => {
  const rules = shown(['lbs', 'x', 'frontends'])
  const other = shown(['lbs', 'y'])
  const list = shown(['lbs', 'list', 'all'])
  const ips = shown(['ips'])
  const reads = () => [rules(), other(), list(), ips()]
  await expect.poll(reads).toEqual([1, 1, 1, 1])
  cache.apply({ type: 'lb', lb_id: 'x' })
  await expect.poll(reads).toEqual([2, 1, 2, 1])
  cache.apply({ type: 'ips' })
  await expect.poll(reads).toEqual([2, 1, 2, 2])
  cache.apply({ type: 'resync' })
  await expect.poll(reads).toEqual([3, 2, 3, 3])
})

test('another state of the nodes is no reason to read the rules', async () => {
  const overview = shown(['lbs', 'x'])
  const rules = shown(['lbs', 'x', 'frontends'])
  await expect.poll(() => [overview(), rules()]).toEqual([1, 1])
  cache.apply({ type: 'observed', lb_id: 'x' })
  await expect.poll(() => [overview(), rules()]).toEqual([2, 1])
})

test('a storm of events reads the lists twice a second at most', async () => {
  const list = shown(['lbs', 'list', 'all'])
  await expect.poll(list).toBe(1)
  for (let i = 0; i < 50; i++) cache.apply({ type: 'lb', lb_id: `lb-${i}` })
  await expect.poll(list).toBeGreaterThan(1)
  expect(list()).toBeLessThanOrEqual(3)
})

test('what the nodes report is shown without asking', async () => {
  const observed = { lb_id: 'x', generation: 2, applied_on: 2, instances: [], problems: [] }
  const last_failover = null
  const rates = { frontends: {}, backends: {}, servers: {} }
  cache.apply({ type: 'report', observed: { ...observed, rates, last_failover } })
  expect(client.getQueryData(['lbs', 'x', 'observed'])).toMatchObject({ generation: 2 })
})
