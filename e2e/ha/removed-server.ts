import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { backendOf } from '../support/api.ts'
import type { Figure } from '../support/figures.ts'
import { OpenProbe } from './open-probe.ts'
import type { Stage } from './stage.ts'

const REGION = '/lb/v1/regions/fr-par'
const [SERVER_PORT, FRONTEND_PORT] = [8189, 8190]
const PACE_MS = 4
/** How long after the API's response a removed server may still get requests. */
const GRACE_MS = 100

/**
 * Promise 4: servers are removed and added again under load. A removed server's requests in progress complete, and after the grace
 * period it gets no new ones.
 */
export async function removedServers(
  stage: Stage,
  { rounds, roomMs }: { rounds: number; roomMs: number },
): Promise<Figure[]> {
  const { api, lbs } = stage
  const url = stage.url(FRONTEND_PORT)
  const addresses = ownAddresses(2)
  const [leaving = '', staying = ''] = addresses
  const servers = await Promise.all(addresses.map(startServer))
  const [one] = servers
  const lb = `${REGION}/lbs/${lbs['fr-par'].id}`
  const body = { ...backendOf(addresses, SERVER_PORT), name: 'leaving' }
  const backend = await api.ok<Backend>('POST', `${lb}/backends`, body)
  const rule = { name: 'leaving', inbound_port: FRONTEND_PORT, backend_id: backend.id }
  const frontend = await api.ok<Frontend>('POST', `${lb}/frontends`, rule)
  await api.waitForApplied(lbs['fr-par'].id)
  const probe = new OpenProbe(url, PACE_MS)
  const set = (server_ip: string[]) =>
    api.ok('PUT', `${REGION}/backends/${backend.id}/servers`, { server_ip })
  const latest: number[] = []
  let completed = 0
  for (let round = 0; round < rounds; round += 1) {
    const slow = fetch(`${url}slow`).then((answer) => answer.text())
    await waitFor('one request is in progress', () => servers.some(({ held }) => held.length > 0))
    await set([staying])
    const answeredAt = performance.now()
    await waitFor(
      'traffic without it',
      () => performance.now() - (one?.askedAt ?? 0) > 3 * GRACE_MS,
    )
    latest.push(Math.max(0, (one?.askedAt ?? 0) - answeredAt))
    for (const { held } of servers) for (const response of held.splice(0)) response.end('slow')
    if ((await slow) === 'slow') completed += 1
    await set([leaving, staying])
    const before = one?.askedAt ?? 0
    await waitFor('it has traffic again', () => (one?.askedAt ?? 0) > before)
  }
  const { succeeded, refused, reset, failed, silent } = await probe.stop()
  await api.ok('DELETE', `${REGION}/frontends/${frontend.id}`)
  await api.ok('DELETE', `${REGION}/backends/${backend.id}`)
  for (const { close } of servers) close()
  return [
    { what: 'servers removed: requests answered', value: succeeded, atLeast: rounds },
    {
      what: 'servers removed: requests not answered',
      value: refused + reset + failed + silent,
      atMost: 0,
    },
    { what: 'servers removed: requests in progress completed', value: completed, atLeast: rounds },
    {
      what: "servers removed: the last request after the API's answer, at most",
      value: Math.max(...latest),
      unit: 'ms',
      atMost: GRACE_MS + roomMs,
    },
  ]
}

/** A web server that records its last request, and delays responses to `/slow`. Health checks don't count. */
async function startServer(address: string) {
  const held: ServerResponse[] = []
  const state = { held, askedAt: 0, close: () => {} }
  const server = createServer((request, response) => {
    if (request.url !== '/health') state.askedAt = performance.now()
    if (request.url === '/slow') held.push(response)
    else response.end('ok')
  }).listen(SERVER_PORT, address)
  state.close = () => {
    server.closeAllConnections()
    server.close()
  }
  await once(server, 'listening')
  return state
}
