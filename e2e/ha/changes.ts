import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Route } from '#lib/core/route.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { backendOf } from '../support/api.ts'
import { type Figure, quantile } from '../support/figures.ts'
import { keepAlive, LiveClients, tcpStream, webSocket } from './live-clients.ts'
import { OpenProbe } from './open-probe.ts'
import type { Stage } from './stage.ts'

const REGION = '/lb/v1/regions/fr-par'
/** The interval of new connections. Milliseconds. */
const PACE_MS = 10
const EFFECT_MS_MAX = 100
/** The port of frontends that the test creates and deletes. */
const OTHER_PORT = 8100

const DENY_PATH = {
  name: 'private',
  action: { type: 'deny' },
  match: { http_filter: 'path_begin', http_filter_value: ['/private'] },
  index: 1,
}
const DENY_STRANGERS = {
  name: 'strangers',
  action: { type: 'deny' },
  match: { ip_subnet: ['192.0.2.0/24'] },
  index: 2,
}

type Step = () => Promise<unknown>

/**
 * Promise 2: changes of every kind, one after the other, drop no connection, new or long-lived. No change removes what these
 * connections use.
 * @param roomMs the tolerance for a busy machine
 */
export async function changesUnderLoad(
  stage: Stage,
  { count, roomMs }: { count: number; roomMs: number },
): Promise<Figure[]> {
  const probe = new OpenProbe(stage.url(8000), PACE_MS)
  const live = [
    new LiveClients('keep-alive connections', 4, () => keepAlive(stage.url(8000))),
    new LiveClients('websockets', 4, () => webSocket(stage.url(8001))),
    new LiveClients('TCP streams', 4, () => tcpStream(stage.url(8002))),
  ]
  await waitFor('traffic', () => live.every(({ exchanged }) => exchanged > 20))
  await probe.take()
  const effects: number[] = []
  const steps = await cycle(stage)
  for (let change = 0; change < count; change += 1) {
    await (steps[change % steps.length] as Step)()
    effects.push(await effectMs(stage))
  }
  const { succeeded, refused, reset, failed, silent } = await probe.stop()
  const lived = await Promise.all(live.map((clients) => clients.stop()))
  return [
    { what: 'changes applied on both nodes', value: effects.length, atLeast: count },
    { what: 'in effect on both, p50', value: quantile(effects, 0.5), unit: 'ms' },
    {
      what: 'in effect on both, p99',
      value: quantile(effects, 0.99),
      unit: 'ms',
      atMost: EFFECT_MS_MAX + roomMs,
    },
    { what: 'in effect on both, most', value: Math.max(...effects), unit: 'ms' },
    { what: 'new connections answered', value: succeeded, atLeast: 1 },
    { what: 'refused', value: refused, atMost: 0 },
    { what: 'reset', value: reset, atMost: 0 },
    { what: 'answered 5xx', value: failed, atMost: 0 },
    { what: 'without an answer', value: silent, atMost: 0 },
    ...lived.flatMap(({ kind, exchanged, ended, wrong }) => [
      { what: `${kind}: messages`, value: exchanged, atLeast: 1 },
      { what: `${kind}: ended`, value: ended, atMost: 0 },
      { what: `${kind}: wrong bytes`, value: wrong, atMost: 0 },
    ]),
  ]
}

/** From the commit of the last change to its effect on the slower node. */
async function effectMs(stage: Stage): Promise<number> {
  const { instances } = await stage.api.waitForApplied(stage.lbs['fr-par'].id)
  return Math.max(...instances.map(({ applied_after_ms: ms }) => ms ?? Number.NaN))
}

/** One change of each kind, in an order that ends where it began. */
async function cycle(stage: Stage): Promise<Step[]> {
  const { api, servers } = stage
  const lb = `${REGION}/lbs/${stage.lbs['fr-par'].id}`
  const { backends, frontends } = await api.children(stage.lbs['fr-par'].id)
  const named = <T extends { name: string }>(all: T[], name: string) =>
    all.find((one) => one.name === name) as T
  const web = named(backends, 'web')
  const webFrontend = named(frontends, 'web')
  const streams = named(backends, 'streams')
  const [first = '', second = ''] = servers
  let added: Backend
  let rule: Frontend
  let route: Route
  const put = (path: string, body: unknown) => api.ok('PUT', `${REGION}${path}`, body)
  const ruleOf = (frontend: Frontend, more: object) =>
    put(`/frontends/${frontend.id}`, {
      name: frontend.name,
      inbound_port: frontend.inbound_port,
      backend_id: frontend.backend.id,
      ...more,
    })
  const aclsOf = ({ id }: Frontend, acls: object[]) => put(`/frontends/${id}/acls`, { acls })
  return [
    async () => {
      const body = { ...backendOf([first], web.forward_port), name: 'added' }
      added = await api.ok('POST', `${lb}/backends`, body)
    },
    async () => {
      const body = { name: 'added', inbound_port: OTHER_PORT, backend_id: added.id }
      rule = await api.ok('POST', `${lb}/frontends`, body)
    },
    // The backend in use: a server is removed and added, the algorithm, the health check, the timeouts.
    () => put(`/backends/${web.id}/servers`, { server_ip: [first] }),
    () => put(`/backends/${web.id}/servers`, { server_ip: [first, second] }),
    () =>
      put(`/backends/${web.id}`, { ...backendFields(web), forward_port_algorithm: 'leastconn' }),
    () =>
      put(`/backends/${web.id}`, { ...backendFields(web), forward_port_algorithm: 'roundrobin' }),
    () =>
      put(`/backends/${web.id}`, {
        ...backendFields(web),
        sticky_sessions: 'cookie',
        sticky_sessions_cookie_name: 'SRV',
      }),
    () => put(`/backends/${web.id}`, { ...backendFields(web), sticky_sessions: 'none' }),
    () => put(`/backends/${web.id}/healthcheck`, { ...web.health_check, check_delay: 300 }),
    () => put(`/backends/${streams.id}/healthcheck`, { ...streams.health_check, check_delay: 900 }),
    () => ruleOf(webFrontend, { timeout_client: 250_000 }),
    () => ruleOf(webFrontend, { timeout_client: 300_000 }),
    // ACLs and routes that are evaluated for the requests, but don't match.
    async () => {
      const match = { host_header: 'other.example' }
      route = await api.ok('POST', `${REGION}/routes`, {
        frontend_id: webFrontend.id,
        backend_id: added.id,
        match,
      })
    },
    () => put(`/routes/${route.id}`, { backend_id: added.id, match: { path_begin: '/other/' } }),
    () => aclsOf(webFrontend, [DENY_PATH, DENY_STRANGERS]),
    () => aclsOf(webFrontend, [DENY_STRANGERS]),
    () => aclsOf(named(frontends, 'websockets'), [DENY_PATH]),
    () => aclsOf(named(frontends, 'streams'), [DENY_STRANGERS]),
    async () => {
      await aclsOf(webFrontend, [])
      await aclsOf(named(frontends, 'websockets'), [])
      await aclsOf(named(frontends, 'streams'), [])
    },
    () => api.ok('DELETE', `${REGION}/routes/${route.id}`),
    // Another frontend is created, moved, and deleted with its backend.
    () => ruleOf(rule, { inbound_port: OTHER_PORT + 1 }),
    () => put(`/backends/${added.id}/servers`, { server_ip: [second] }),
    () => api.ok('DELETE', `${REGION}/frontends/${rule.id}`),
    () => api.ok('DELETE', `${REGION}/backends/${added.id}`),
  ]
}

/** The fields that every update of a backend requires. */
function backendFields({ name, forward_protocol, forward_port }: Backend) {
  return {
    name,
    forward_protocol,
    forward_port,
    forward_port_algorithm: 'roundrobin',
    sticky_sessions: 'none',
  }
}
