import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LiveCache } from './live-cache.ts'

let client: QueryClient
let cache: LiveCache
const unsubscribe: (() => void)[] = []

beforeEach(() => {
  client = new QueryClient()
  cache = new LiveCache(client)
})
afterEach(() => {
  for (const end of unsubscribe.splice(0)) end()
  cache.stop()
  client.clear()
  vi.useRealTimers()
})

/** A query on the page. Returns how often it was fetched. */
function onPage(queryKey: string[]) {
  const fetch = vi.fn(async () => ({}))
  const observer = new QueryObserver(client, { queryKey, queryFn: fetch, staleTime: 60_000 })
  unsubscribe.push(observer.subscribe(() => {}))
  return () => fetch.mock.calls.length
}

test('an event refetches what it is about, and nothing else', async () => {
  const rules = onPage(['lbs', 'x', 'frontends'])
  const other = onPage(['lbs', 'y'])
  const list = onPage(['lbs', 'list', 'all'])
  const ips = onPage(['ips'])
  const fetches = () => [rules(), other(), list(), ips()]
  await expect.poll(fetches).toEqual([1, 1, 1, 1])
  cache.apply({ type: 'lb', lb_id: 'x' })
  await expect.poll(fetches).toEqual([2, 1, 2, 1])
  cache.apply({ type: 'ips' })
  await expect.poll(fetches).toEqual([2, 1, 2, 2])
  cache.apply({ type: 'resync' })
  await expect.poll(fetches).toEqual([3, 2, 3, 3])
})

test('a change of the observed state refetches the overview, but not the rules', async () => {
  const overview = onPage(['lbs', 'x'])
  const rules = onPage(['lbs', 'x', 'frontends'])
  await expect.poll(() => [overview(), rules()]).toEqual([1, 1])
  cache.apply({ type: 'observed', lb_id: 'x' })
  await expect.poll(() => [overview(), rules()]).toEqual([2, 1])
})

test('an event of nodes refetches them, and no other list', async () => {
  const list = onPage(['lbs', 'list', 'all'])
  const nodes = onPage(['lbs', 'list', 'nodes'])
  await expect.poll(() => [list(), nodes()]).toEqual([1, 1])
  cache.apply({ type: 'nodes' })
  await expect.poll(() => [list(), nodes()]).toEqual([1, 2])
})

test('a storm of events refetches the lists once a second', async () => {
  vi.useFakeTimers()
  const list = onPage(['lbs', 'list', 'all'])
  await vi.advanceTimersByTimeAsync(1)
  expect(list()).toBe(1)
  const fetches: number[] = []
  for (let ms = 0; ms < 2500; ms += 10) {
    cache.apply({ type: 'lb', lb_id: `lb-${ms}` })
    await vi.advanceTimersByTimeAsync(10)
    if (ms % 500 === 0) fetches.push(list())
  }
  // At 0, 1000 and 2000 ms; sampled every 500 ms.
  expect(fetches).toEqual([2, 2, 3, 3, 4])
})

test('a single event after a storm refetches the lists once more, when the second is over', async () => {
  vi.useFakeTimers()
  const list = onPage(['lbs', 'list', 'all'])
  await vi.advanceTimersByTimeAsync(1)
  cache.apply({ type: 'lb', lb_id: 'x' })
  await vi.advanceTimersByTimeAsync(10)
  expect(list()).toBe(2)
  cache.apply({ type: 'observed', lb_id: 'y' })
  await vi.advanceTimersByTimeAsync(900)
  expect(list()).toBe(2)
  await vi.advanceTimersByTimeAsync(100)
  expect(list()).toBe(3)
})

test('a report is put into the cache without a request', async () => {
  const fetches = onPage(['lbs', 'x', 'observed'])
  await expect.poll(fetches).toBe(1)
  const observed = {
    lb_id: 'x',
    generation: 2,
    applied_on: 2,
    instances: [],
    problems: [],
    health: { state: 'healthy' as const, reason: '', frontends: [] },
  }
  const rates = { frontends: {}, backends: {}, servers: {} }
  cache.apply({ type: 'report', observed: { ...observed, rates, last_failover: null } })
  expect(client.getQueryData(['lbs', 'x', 'observed'])).toMatchObject({ generation: 2 })
  expect(fetches()).toBe(1)
})
