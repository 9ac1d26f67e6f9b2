import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LbReport } from '#lib/protocol/report.ts'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { parseMetrics } from '#lib/testing/control-plane/parse-metrics.ts'
import {
  lbReport,
  NO_BACKEND_COUNTS,
  NO_COUNTS,
  NO_FRONTEND_COUNTS,
  server,
} from '#lib/testing/control-plane/reports.ts'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'

const PATH = '/fairlead/v1/metrics'
const LBS = '/lb/v1/regions/fr-par/lbs'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

async function scrape(headers: Record<string, string> = { 'X-Auth-Token': SECRET_KEY }) {
  const response = await fetch(controlPlane.url + PATH, { headers })
  return { response, text: await response.text() }
}

test('has every metric of both nodes, with the names of resources as labels', async () => {
  const lb = (await controlPlane.call('POST', LBS, { name: 'say "hi"\\' })).body
  const backend = (await controlPlane.call('POST', `${LBS}/${lb.id}/backends`, backendInput())).body
  const rule = { name: 'http', inbound_port: 80, backend_id: backend.id }
  const frontend = (await controlPlane.call('POST', `${LBS}/${lb.id}/frontends`, rule)).body
  using a = await follow(controlPlane, 'fr-par-a')
  using b = await follow(controlPlane, 'fr-par-b')
  const passed = {
    connections_total: 4,
    connections_current: 1,
    requests_total: 7,
    responses: [0, 5, 0, 1, 1],
    bytes_in: 70,
    bytes_out: 700,
    // At most 0.25 ms, then two that share a bucket of ours with nobody, and one over 33 s.
    latency: [2, 0, 0, 1, 1, ...new Array(30).fill(0), 3],
    latency_sum_ms: 90_001.5,
  }
  const report = (active: boolean): LbReport =>
    lbReport({
      lb_id: lb.id,
      generation: 3,
      active,
      listeners: [{ frontend_id: frontend.id, port: 80, state: 'listening', problem: null }],
      servers: [server(backend.id, '127.0.2.1', 'up'), server(backend.id, '127.0.2.2', 'unknown')],
      access_log_dropped: 11,
      frontend_counters: {
        [frontend.id]: { ...NO_FRONTEND_COUNTS, ...passed, rate_delayed: 2, rate_refused: 3 },
      },
      backend_counters: {
        [backend.id]: { ...NO_BACKEND_COUNTS, ...passed, retries: 5, queue_max: 6 },
      },
      server_counters: {
        [`${backend.id}/127.0.2.1`]: { ...NO_COUNTS, ...passed },
        [`${backend.id}/127.0.2.2`]: NO_COUNTS,
      },
    })
  await a.report(report(true))
  await b.report(report(false))

  const { response, text } = await scrape()
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const { values, types } = parseMetrics(text)
  const on = (node: string) => `node="${node}",worker="1"`
  const [ofLb, ofFrontend, ofBackend] = [
    `lb="${lb.id}"`,
    `lb="${lb.id}",frontend="${frontend.id}"`,
    `lb="${lb.id}",backend="${backend.id}"`,
  ]
  const expected: Record<string, number> = {
    'fairlead_node_processes{node="fr-par-a"}': 1,
    [`fairlead_lb_info{${ofLb},name="say \\"hi\\"\\\\",region="fr-par"}`]: 1,
    [`fairlead_frontend_info{${ofFrontend},name="http",port="80",backend="${backend.id}"}`]: 1,
    [`fairlead_backend_info{${ofBackend},name="web",protocol="http"}`]: 1,
    [`fairlead_lb_generation{${ofLb}}`]: 3,
    [`fairlead_lb_active{${ofLb},${on('fr-par-a')}}`]: 1,
    [`fairlead_lb_active{${ofLb},${on('fr-par-b')}}`]: 0,
    [`fairlead_access_log_dropped_lines_total{${ofLb},${on('fr-par-a')}}`]: 11,
    [`fairlead_frontend_listening{${ofFrontend},${on('fr-par-a')}}`]: 1,
    [`fairlead_frontend_connections_total{${ofFrontend},${on('fr-par-a')}}`]: 4,
    [`fairlead_frontend_rate_refused_connections_total{${ofFrontend},${on('fr-par-b')}}`]: 3,
    [`fairlead_frontend_http_responses_total{${ofFrontend},${on('fr-par-a')},code="2xx"}`]: 5,
    [`fairlead_frontend_response_time_seconds_bucket{${ofFrontend},${on('fr-par-a')},le="0.00025"}`]: 2,
    [`fairlead_frontend_response_time_seconds_bucket{${ofFrontend},${on('fr-par-a')},le="0.001"}`]: 4,
    [`fairlead_frontend_response_time_seconds_bucket{${ofFrontend},${on('fr-par-a')},le="32.768"}`]: 4,
    [`fairlead_frontend_response_time_seconds_count{${ofFrontend},${on('fr-par-a')}}`]: 7,
    [`fairlead_frontend_response_time_seconds_sum{${ofFrontend},${on('fr-par-a')}}`]: 90.0015,
    [`fairlead_backend_retries_total{${ofBackend},${on('fr-par-a')}}`]: 5,
    [`fairlead_backend_max_queue{${ofBackend},${on('fr-par-a')}}`]: 6,
    [`fairlead_server_up{${ofBackend},server="127.0.2.1",${on('fr-par-a')}}`]: 1,
    [`fairlead_server_bytes_out_total{${ofBackend},server="127.0.2.1",${on('fr-par-a')}}`]: 700,
    [`fairlead_server_response_time_seconds_count{${ofBackend},server="127.0.2.1",${on('fr-par-a')}}`]: 7,
  }
  const found = Object.fromEntries(Object.keys(expected).map((key) => [key, values.get(key)]))
  expect(found).toEqual(expected)
  expect(values.has(`fairlead_server_up{${ofBackend},server="127.0.2.2",${on('fr-par-a')}}`)).toBe(
    false,
  )
  expect(types.get('fairlead_frontend_response_time_seconds')).toBe('histogram')
  // As the documentation says. Whether the second server is up is not known.
  const series = [...values.keys()].filter((key) => key.includes(on('fr-par-a')))
  expect(series).toHaveLength(3 + 43 + 39 + 17 + 16)
})

test('a disconnected node is reported as such, without its counters', async () => {
  const node = await follow(controlPlane, 'nl-ams-a')
  const lb = (await controlPlane.call('POST', '/lb/v1/regions/nl-ams/lbs', { name: 'x' })).body
  await node.report(lbReport({ lb_id: lb.id }))
  const active = `fairlead_lb_active{lb="${lb.id}",node="nl-ams-a",worker="1"}`
  // A response is reused for up to a second.
  await expect.poll(async () => parseMetrics((await scrape()).text).values.has(active)).toBe(true)
  node.close()
  await expect
    .poll(async () => {
      const { values } = parseMetrics((await scrape()).text)
      return [values.get('fairlead_node_processes{node="nl-ams-a"}'), values.has(active)]
    })
    .toEqual([0, false])
})

test.each<[string, Record<string, string>, number]>([
  ['nobody', {}, 401],
  ['a wrong key', { authorization: 'Bearer 99999999-2222-4333-8444-555555555555' }, 401],
  ['an API token as Prometheus shows one', { authorization: `Bearer ${SECRET_KEY}` }, 200],
])('metrics require a token: %s', async (_, headers, status) => {
  expect((await scrape(headers)).response.status).toBe(status)
})

test('is rate-limited like every other call', async () => {
  await using limited = await runControlPlane({ requestRate: { perSecond: 0.01, burst: 3 } })
  const read = async () =>
    (await fetch(limited.url + PATH, { headers: { 'X-Auth-Token': SECRET_KEY } })).status
  const statuses = [await read(), await read(), await read(), await read()]
  expect(statuses).toEqual([200, 200, 200, 429])
})
