import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import pino from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { NodeReport } from '#lib/protocol/report.ts'
import type { LoadBalancer } from '#lib/runtime/load-balancer.ts'
import { BUILT_IN } from '#lib/runtime/sockets/egress-gate.ts'
import {
  lbWith as lbRunning,
  testBackend,
  testConfig,
  until,
} from '#lib/testing/runtime/running-lb.ts'
import { Reporter } from './reporter.ts'

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

/** A load balancer whose report has about 500 characters for each server. */
function lbWith(servers: number): LoadBalancer {
  const addresses = Array.from({ length: servers }, (_, at) => `127.9.${at >> 8}.${at & 255}`)
  const health_check = { ...testBackend(1).health_check, transient_delay: 60_000 }
  const config = testConfig([], [testBackend(1, { servers: addresses, health_check })])
  const lb = lbRunning(config)
  onTestFinished(() => lb.retire())
  return lb
}

test('large load balancers are reported in several requests, all of them once, small ones together', async () => {
  const { reports, url } = await receiver()
  const lbs = [lbWith(5000), lbWith(3), lbWith(4), lbWith(5000), lbWith(2)]
  const balancers = new Map(lbs.map((lb) => [lb.config.lb_id, lb]))
  const settings = {
    ...({ node: 'fr-par-a' } as const),
    ...{ apiUrl: url, secret: 'secret', dataDir: '/nonexistent' },
    ...{ worker: 1, workers: 1, runDir: null, heartbeatMs: 50, applyInTurn: false },
    egress: BUILT_IN,
  }
  const log = pino({ level: 'silent' })
  const reporter = new Reporter({
    settings,
    balancers,
    rejected: new Map(),
    whyNotKept: () => undefined,
    quarantined: () => [],
    log,
  })
  onTestFinished(() => reporter.stop())
  reporter.connected()
  const told = () => reports.slice(0, 3).map((report) => report.lbs.map(({ lb_id: id }) => id))
  const [a, b, c, d, e] = [...balancers.keys()]
  await until(() => reports.length >= 3)
  expect(told()).toEqual([[a], [b, c, d], [e]])
  expect(reports[1]?.lbs[2]?.servers).toHaveLength(5000)
})
