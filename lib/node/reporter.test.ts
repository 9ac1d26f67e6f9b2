import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import pino from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { NodeReport } from '#lib/protocol/report.ts'
import { AccessLogs } from '#lib/runtime/access-log/access-logs.ts'
import { ProxyEngine } from '#lib/runtime/proxy-engine.ts'
import { NO_SOCKETS, testBackend, testConfig, until } from '#lib/testing/runtime/running-lb.ts'
import { type Rejection, Reporter } from './reporter.ts'

/** A control plane that takes reports. */
async function receiver() {
  const reports: NodeReport[] = []
  const server = createServer(async (request, response) => {
    reports.push(NodeReport.parse(JSON.parse(await text(request))))
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { reports, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const log = pino({ level: 'silent' })

function startEngine(): ProxyEngine {
  const accessLogs = new AccessLogs({ directory: '/nonexistent', node: 'fr-par-a', worker: 1 }, log)
  const engine = new ProxyEngine({ source: NO_SOCKETS, accessLogs, journal: null })
  onTestFinished(() => {
    for (const id of Object.keys(engine.known())) engine.remove(id)
  })
  return engine
}

function startReporter(url: string, engine: ProxyEngine, rejected = new Map<string, Rejection>()) {
  const access = { apiUrl: url, credential: 'secret', identityFile: null }
  const reporter = new Reporter(access, {
    worker: 1,
    engine,
    rejected,
    saveError: () => undefined,
    quarantined: () => [],
    log,
  })
  onTestFinished(() => reporter.stop())
  return reporter
}

/** A load balancer whose report has about 500 characters for each server. */
function configWith(servers: number): DesiredConfig {
  const addresses = Array.from({ length: servers }, (_, at) => `127.9.${at >> 8}.${at & 255}`)
  const health_check = { ...testBackend(1).health_check, transient_delay: 60_000 }
  const backend = testBackend(1, { servers: addresses, health_check })
  return testConfig([], [backend], { address: null })
}

test('large load balancers are reported in several requests, all of them once, small ones together', async () => {
  const { reports, url } = await receiver()
  const engine = startEngine()
  const configs = [5000, 3, 4, 5000, 2].map(configWith)
  for (const config of configs) await engine.apply(config)
  startReporter(url, engine).connected()
  const [a, b, c, d, e] = configs.map(({ lb_id }) => lb_id)
  await until(() => reports.length >= 3)
  const reported = reports.slice(0, 3).map((report) => report.lbs.map(({ lb_id: id }) => id))
  expect(reported).toEqual([[a], [b, c, d], [e]])
  expect(reports[1]?.lbs[2]?.servers).toHaveLength(5000)
})

test('rejections are reported, also of a load balancer that has no configuration in effect', async () => {
  const { reports, url } = await receiver()
  const engine = startEngine()
  const config = configWith(1)
  await engine.apply(config)
  const rejection = { generation: 2, reason: 'Invalid URL' }
  const rejected = new Map([
    [config.lb_id, rejection],
    ['other', rejection],
  ])
  startReporter(url, engine, rejected).connected()
  await until(() => reports.length > 0)
  expect(
    reports[0]?.lbs.map(({ lb_id, generation, rejected: one }) => [lb_id, generation, one]),
  ).toEqual([
    [config.lb_id, 1, rejection],
    ['other', 0, rejection],
  ])
})
