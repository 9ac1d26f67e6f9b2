import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { type Metrics, parseMetrics } from '#lib/testing/control-plane/parse-metrics.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api, backendOf } from '../support/api.ts'
import { type Installation, startInstallation } from '../support/installation.ts'

const SERVERS = ownAddresses(2)
const PORT = 8183
const REGION = '/lb/v1/regions/fr-par'
const WORKERS = 2

type Line = { request_id: string; path: string; status: number; termination: string; node: string }

describe('the access log, metrics and the connection rate limit, from the API to real traffic', {
  tags: ['in-order'],
}, () => {
  let installation: Installation
  let api: Api
  let lb: Lb
  let frontend: Frontend
  let url: string
  const servers: Server[] = []
  /** The IDs of the requests that servers received, without health checks. */
  const seen: string[] = []

  beforeAll(async () => {
    for (const address of SERVERS) {
      const server = createServer((request, response) => {
        if (request.url !== '/health') seen.push(String(request.headers['x-request-id']))
        request.resume().on('end', () => response.end(address))
      }).listen(PORT, address)
      await once(server, 'listening')
      servers.push(server)
    }
    installation = await startInstallation({ env: { FAIRLEAD_WORKERS: String(WORKERS) } })
    api = new Api(installation)
    lb = await api.ok<Lb>('POST', `${REGION}/lbs`, {
      name: 'logged',
      backends: [backendOf(SERVERS, PORT)],
      frontends: [{ name: 'http', inbound_port: 8000, backend: 'web', enable_access_logs: true }],
    })
    url = `http://${lb.ip[0]?.ip_address}:8000`
    lb = await api.waitForStatus(lb.id, 'ready')
    const { frontends } = await api.children(lb.id)
    frontend = frontends[0] as Frontend
  })

  afterAll(async () => {
    await installation?.remove()
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
  })

  function lines(): Line[] {
    const directory = join(installation.dataDir, 'logs', 'access', lb.id)
    if (!existsSync(directory)) return []
    return readdirSync(directory).flatMap((name) =>
      readFileSync(join(directory, name), 'utf8')
        .split('\n')
        .flatMap((line) => (line ? [JSON.parse(line)] : [])),
    )
  }

  async function scrape(): Promise<Metrics> {
    const headers = { authorization: `Bearer ${installation.secretKey}` }
    const response = await fetch(`${installation.apiUrl}/fairlead/v1/metrics`, { headers })
    expect(response.status).toBe(200)
    return parseMetrics(await response.text())
  }

  /** The sum of a metric over all processes, for labels that contain this. */
  async function sum(name: string, label = ''): Promise<number> {
    const { values } = await scrape()
    const all = [...values].filter(([key]) => key.startsWith(`${name}{`) && key.includes(label))
    return all.reduce((total, [, value]) => total + value, 0)
  }

  /** Several clients, so that every worker gets some. */
  async function ask(count: number): Promise<void> {
    for (let asked = 0; asked < count; asked += 20) {
      const answers = Array.from({ length: 20 }, (_, index) =>
        fetch(`${url}/page/${asked + index}?q=${index}`, {
          method: index % 5 === 0 ? 'POST' : 'GET',
          ...(index % 5 === 0 ? { body: 'x'.repeat(1000) } : {}),
          headers: { connection: 'close' },
        }),
      )
      for (const answer of await Promise.all(answers)) await answer.text()
    }
  }

  test('every request has one line, with the ID that the server received', async () => {
    await ask(300)
    const written = await waitFor('every line is there', () => {
      const all = lines()
      return all.length >= 300 && all
    })
    expect(seen).toHaveLength(300)
    expect(written.map(({ request_id }) => request_id).sort()).toEqual(seen.toSorted())
    expect(new Set(written.map(({ path }) => path)).size).toBe(300)
    expect(
      written.every(({ status, termination }) => status === 200 && termination === 'complete'),
    ).toBe(true)
    const files = readdirSync(join(installation.dataDir, 'logs', 'access', lb.id))
    console.log(`300 requests in ${files.join(' and ')}`)
    // One for each worker that accepted any.
    expect(files.length).toBeGreaterThan(0)
    expect(files.length).toBeLessThanOrEqual(WORKERS)
  })

  test('metrics count the bytes of both sides exactly', async () => {
    const logged = lines() as unknown as { bytes_in: number; bytes_out: number }[]
    const bytes = (key: 'bytes_in' | 'bytes_out') =>
      logged.reduce((all, line) => all + line[key], 0)
    const expected = {
      fairlead_frontend_http_requests_total: 300,
      fairlead_server_http_requests_total: 300,
      fairlead_backend_response_time_seconds_count: 300,
      fairlead_frontend_connections_total: 300,
      fairlead_lb_active: WORKERS,
      fairlead_node_processes: 2 * WORKERS,
      fairlead_server_up: 2 * WORKERS * SERVERS.length,
      fairlead_access_log_dropped_lines_total: 0,
      fairlead_frontend_bytes_in_total: bytes('bytes_in'),
      fairlead_frontend_bytes_out_total: bytes('bytes_out'),
    }
    // Processes report at different times, and a request is reported in several steps.
    const sums = async () => {
      const names = Object.keys(expected)
      return Object.fromEntries(
        await Promise.all(names.map(async (name) => [name, await sum(name)])),
      )
    }
    await expect.poll(sums).toEqual(expected)
    expect(await sum('fairlead_frontend_http_responses_total', 'code="2xx"')).toBe(300)
    // Each worker has its own round robin, so each may be off by one.
    const first = await sum('fairlead_server_http_requests_total', `server="${SERVERS[0]}"`)
    expect(Math.abs(first - 150)).toBeLessThanOrEqual(WORKERS)
  })

  test('metrics require a token', async () => {
    expect((await fetch(`${installation.apiUrl}/fairlead/v1/metrics`)).status).toBe(401)
  })

  test('connections over the rate limit wait or are refused, and are counted', async () => {
    const change = {
      connection_rate_limit: 20,
      enable_access_logs: true,
      backend_id: frontend.backend.id,
    }
    const rule = { name: 'http', inbound_port: 8000, ...change }
    const saved = await api.ok<Frontend>('PUT', `${REGION}/frontends/${frontend.id}`, rule)
    expect(saved).toMatchObject({ connection_rate_limit: 20, enable_access_logs: true })
    await api.waitForApplied(lb.id)
    const outcomes = await burst(new URL(url), 200)
    console.log(`200 connections at 20 a second: ${JSON.stringify(outcomes)}`)
    expect(outcomes.answered + outcomes.refused).toBe(200)
    expect(outcomes.refused).toBeGreaterThan(50)
    expect(outcomes.answered).toBeGreaterThanOrEqual(20)
    await waitFor('the answered ones have lines', () => lines().length >= 300 + outcomes.answered)
    const refused = 'fairlead_frontend_rate_refused_connections_total'
    await waitFor('they are counted', async () => (await sum(refused)) === outcomes.refused)
    expect(await sum('fairlead_frontend_rate_delayed_connections_total')).toBeGreaterThan(0)
    const open = { ...rule, connection_rate_limit: 0 }
    expect(await api.ok('PUT', `${REGION}/frontends/${frontend.id}`, open)).toMatchObject({
      connection_rate_limit: null,
    })
    await api.waitForApplied(lb.id)
  })

  test('after a failover the other node writes the log, and buffered lines are written at the stop', async () => {
    const { instances } = await api.observed(lb.id)
    const cluster = instances.find(({ active }) => active)?.cluster
    const before = lines().length
    for (const { title, pid } of installation.processes()) {
      if (title.startsWith(`fairlead node fr-par-${cluster}`)) process.kill(pid, 'SIGKILL')
    }
    await waitFor('the other serves', async () => (await fetch(`${url}/after`)).ok)
    await ask(20)
    await installation.stop()
    const after = lines().filter(({ node }) => !node.endsWith(`-${cluster}`))
    expect(after.length).toBeGreaterThanOrEqual(21)
    expect(lines()).toHaveLength(before + after.length)
  })
})

/** Opens concurrent connections with one request each. @returns the number of responses */
async function burst({ hostname, port }: URL, count: number) {
  const outcomes = { answered: 0, refused: 0 }
  const one = () =>
    new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname)
      let text = ''
      socket.on('data', (data) => {
        text += data
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        outcomes[text.startsWith('HTTP/1.1 200 ') ? 'answered' : 'refused'] += 1
        resolve()
      })
      socket.write(`GET /burst HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`)
    })
  await Promise.all(Array.from({ length: count }, one))
  return outcomes
}
