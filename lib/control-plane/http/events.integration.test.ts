import { expect, test } from 'vitest'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { lbReport, listener } from '#lib/testing/control-plane/reports.ts'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { STREAMS_MAX } from '../live/readers.ts'

const EVENTS = '/fairlead/v1/events'
const LBS = '/lb/v1/regions/fr-par/lbs'

/** Reads a control plane's events as a browser does. */
async function readEvents({ url }: RunningControlPlane, query = '') {
  const abort = new AbortController()
  const response = await fetch(url + EVENTS + query, {
    headers: { 'X-Auth-Token': SECRET_KEY },
    signal: abort.signal,
  })
  const blocks = blocksOf(response.body as ReadableStream<Uint8Array>)
  /** The next event's type and data. */
  const next = async () => {
    const { value, done } = await blocks.next()
    if (done) return null
    const [, type, data] = /^event: (\w+)\ndata: (.*)$/.exec(value) ?? []
    return { type, ...JSON.parse(data ?? 'null') }
  }
  return { response, next, [Symbol.dispose]: () => abort.abort() }
}

async function* blocksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true })
    const complete = rest.split('\n\n')
    rest = complete.pop() ?? ''
    yield* complete
  }
}

test('has events for changes of load balancers, rules and IPs', async () => {
  await using controlPlane = await runControlPlane()
  const { call } = controlPlane
  using events = await readEvents(controlPlane)
  expect(events.response.headers.get('content-type')).toBe('text/event-stream')
  expect(events.response.headers.get('cache-control')).toBe('no-store')
  expect(await events.next()).toEqual({ type: 'resync' })
  const lb = (await call('POST', LBS, { name: 'x' })).body
  expect(await events.next()).toEqual({ type: 'lb', lb_id: lb.id })
  expect(await events.next()).toEqual({ type: 'ips' })
  await call('POST', `${LBS}/${lb.id}/backends`, backendInput())
  expect(await events.next()).toEqual({ type: 'lb', lb_id: lb.id })
  await call('DELETE', `${LBS}/${lb.id}`)
  expect(await events.next()).toEqual({ type: 'lb', lb_id: lb.id })
})

test('has the reports about the watched load balancer, and about no other', async () => {
  await using controlPlane = await runControlPlane()
  const { call } = controlPlane
  const lb = (await call('POST', LBS, { name: 'x' })).body
  const other = (await call('POST', LBS, { name: 'y' })).body
  using node = await follow(controlPlane, 'fr-par-a')
  using watching = await readEvents(controlPlane, `?lb_id=${lb.id}`)
  using all = await readEvents(controlPlane)
  await watching.next()
  await all.next()
  const first = lbReport({ lb_id: lb.id, active: true, listeners: [listener('listening')] })
  await node.report(first)
  expect(await all.next()).toEqual({ type: 'observed', lb_id: lb.id })
  expect(await watching.next()).toEqual({ type: 'observed', lb_id: lb.id })
  expect(await watching.next()).toMatchObject({ type: 'report', observed: { lb_id: lb.id } })

  // A report with new counters only is an event for its watcher, and for no other reader.
  await node.report({ ...first, counters: { ...first.counters, requests_total: 9 } })
  const { observed } = await watching.next()
  const figures = observed.instances.map((one: { counters: object | null }) => one.counters)
  expect(figures).toContainEqual(expect.objectContaining({ requests_total: 9 }))
  await node.report(lbReport({ lb_id: other.id }))
  expect(await all.next()).toEqual({ type: 'observed', lb_id: other.id })
})

test('a burst of changes is coalesced', async () => {
  await using controlPlane = await runControlPlane()
  const { call } = controlPlane
  const lb = (await call('POST', LBS, { name: 'x' })).body
  using events = await readEvents(controlPlane, `?lb_id=${lb.id}`)
  await events.next()
  for (let i = 0; i < 30; i++) await call('PUT', `${LBS}/${lb.id}`, { name: `x${i}` })
  await call('POST', '/lb/v1/regions/fr-par/ips', {})
  let count = 0
  for (let event = await events.next(); event?.type !== 'ips'; event = await events.next()) count++
  expect(count).toBeLessThan(10)
})

test('the streams of a caller are limited', async () => {
  await using controlPlane = await runControlPlane()
  const open = await Promise.all(
    Array.from({ length: STREAMS_MAX }, () => readEvents(controlPlane)),
  )
  expect(open.every(({ response }) => response.status === 200)).toBe(true)
  using refused = await readEvents(controlPlane)
  expect(refused.response.status).toBe(429)
  for (const one of open) one[Symbol.dispose]()
  await expect
    .poll(async () => {
      using again = await readEvents(controlPlane)
      return again.response.status
    })
    .toBe(200)
})

test('HEAD has the response headers of GET and opens no stream', async () => {
  await using controlPlane = await runControlPlane()
  for (let at = 0; at < STREAMS_MAX + 5; at += 1) {
    const { status, headers } = await fetch(controlPlane.url + EVENTS, {
      method: 'HEAD',
      headers: { 'X-Auth-Token': SECRET_KEY },
    })
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  }
  const open = await Promise.all(
    Array.from({ length: STREAMS_MAX }, () => readEvents(controlPlane)),
  )
  expect(open.map(({ response }) => response.status)).toEqual(open.map(() => 200))
  for (const one of open) one[Symbol.dispose]()
})

test('requires authentication', async () => {
  await using controlPlane = await runControlPlane()
  expect((await controlPlane.call('GET', EVENTS, undefined, {})).status).toBe(401)
})
