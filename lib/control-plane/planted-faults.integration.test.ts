import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { configPath, reportPath } from '#lib/protocol/stream.ts'
import type { SupervisorToControlPlane } from '#lib/protocol/supervision.ts'
import { exited, freePort, startProcess } from '#lib/testing/control-plane/control-plane-process.ts'
import { hostTriggers } from '#lib/testing/control-plane/host-triggers.ts'
import { JoinedPair } from '#lib/testing/control-plane/joined-pair.ts'
import { lbReport } from '#lib/testing/control-plane/reports.ts'
import { backendInput, SECRET_KEY } from '#lib/testing/control-plane/running-control-plane.ts'
import { followRequest, nodeHeaders } from '#lib/testing/control-plane/test-nodes.ts'
import { receiveWebhooks } from '#lib/testing/control-plane/webhook-receiver.ts'
import { Plants } from '#lib/testing/faults/planted-process.ts'
import { simulateDelay } from '#lib/testing/wait.ts'
import { DEFAULT_RETENTION } from './audit/retention.ts'

// Plants an exception in every callback of the control plane, under reads, writes and reports.

const PARIS = '/lb/v1/regions/fr-par'
const OWN = '/fairlead/v1'
const TRIGGER_TIMEOUT_MS = 30_000
const CALLS_AFTER = 10
const at = (id: string) => `lib/control-plane/${id}`

/** Callbacks that don't run within a minute, or only at the start or stop. */
const UNREACHED: Record<string, string> = {
  [at('audit/audit-maintenance.ts constructor')]: 'once an hour',
  [at('audit/syslog/send-syslog.ts onAbort')]: 'when the process stops while it sends lines',
  [at('audit/syslog/send-syslog.ts onAbort 2')]: 'when the process stops while it sends lines',
  [at('audit/syslog/send-syslog.ts timer')]: 'when a receiver takes longer than 30 s',
  [at('audit/syslog/send-syslog.ts sendDatagrams')]: 'over UDP; the receiver here uses TCP',
  [at('audit/syslog/send-syslog.ts onSent')]: 'over UDP; the receiver here uses TCP',
  [at('failovers/unrecorded.ts onDue')]: 'after the database was away',
  [at('failovers/unrecorded.ts onDue 2')]: 'after the database was away',
  [at('nodes/registry/stored-node-registry.ts #notifyRemoved')]: 'when a node was removed',
  [at('http/read-body.ts onStop')]: 'when a body takes longer than 10 s, or another takes its slot',
  [at('http/message-stream.ts onLate')]: 'when the client has not read for 30 s',
  [at('control-plane.ts onListening')]: 'at the start, which then fails with the reason',
  [at('notifications/send-email.ts stop')]: 'when the process stops while it sends an email',
  [at('control-plane.ts cut')]: 'when the process stops while a stream is open',
  ...Object.fromEntries(
    ['onError', 'onListening', 'onClosed', 'onDue', 'onDue 2'].map((name) => [
      at(`http/node-listener.ts ${name}`),
      'at the start, at the stop, or every 12 hours',
    ]),
  ),
  [at('nodes/registry/last-seen.ts onDue')]: 'every 5 minutes',
  [at('nodes/registry/last-seen.ts onDue 2')]: 'every 5 minutes',
  [at('placement/mover.ts wake 2')]: 'when load balancers move to other hosts',
  [at('placement/failback.ts look')]: 'with FAIRLEAD_FAILBACK_AFTER_S',
  [at('placement/failback.ts look 2')]: 'with FAIRLEAD_FAILBACK_AFTER_S',
  [at('placement/placements.ts #replace')]: 'if control planes share a database',
  [at('traffic/traffic-history.ts #stepBack')]: 'when the clock is set back by a minute',
  [at('placement/backup-replacement.ts #replace')]: 'when a third host can replace a lost one',
}
/** Files whose callbacks run only if control planes share a PostgreSQL database. */
const SHARED =
  /\/(store\/dialect\/postgres\/|store\/caches\.ts|leadership\/|locks\/|placement\/(confirm-carriers|roll-out-leases)\.ts|replicas\/)/
const AT_THE_END = ['control-plane.ts onClosed', 'main.ts onStop', 'main.ts stopper'].map(at)

class Api {
  calls = 0
  readonly failed: string[] = []
  readonly #url: string

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}`
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into responses of every shape.
  async call(method: string, path: string, body?: unknown, secret = SECRET_KEY): Promise<any> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { 'Content-Type': 'application/json', 'X-Auth-Token': secret },
      signal: AbortSignal.timeout(20_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.status >= 500) throw new Error(`${method} ${path}: HTTP ${response.status}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  node(name: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    const request = { method: 'POST', headers: nodeHeaders(name), body: JSON.stringify(body) }
    return fetch(this.#url + path, signal ? { ...request, signal } : request)
  }

  events(signal: AbortSignal): Promise<Response> {
    return fetch(`${this.#url}${OWN}/events`, { headers: { 'X-Auth-Token': SECRET_KEY }, signal })
  }

  /** Reads and writes in turn, which must not fail. */
  async load(lb: string, stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const write = { name: `site ${this.calls}`, description: '' }
      await this.call('PUT', `${PARIS}/lbs/${lb}`, write)
        .then(() => this.call('GET', `${PARIS}/lbs/${lb}`))
        .then(({ name }) => name === write.name || this.failed.push(`${name}, not ${write.name}`))
        .catch((error: Error) => this.failed.push(error.message))
      this.calls += 1
      await simulateDelay(10)
    }
  }
}

/** A syslog receiver that reads, and resets the next connection if `reset` is set. */
async function receiveSyslog() {
  const receiver = { port: 0, reset: false }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.resume()
    if (receiver.reset) socket.resetAndDestroy()
    receiver.reset = false
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  receiver.port = (server.address() as AddressInfo).port
  onTestFinished(() => void server.close())
  return receiver
}

/** A mail server that refuses connections. */
const smtpOfNobody = async () => ({
  url: `smtp://localhost:${await freePort()}`,
  from: 'fairlead@example.com',
})

/** Reads an endless response. */
async function readOn(answer: Promise<Response>): Promise<void> {
  for await (const _chunk of (await answer).body ?? []);
}

/** Repeatedly opens a node's stream, reads for a moment and disconnects. */
async function followAndLeave(api: Api, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    const leave = new AbortController()
    const answer = api.node('fr-par-a', configPath(1), followRequest(), leave.signal)
    const following = readOn(answer).catch(() => {})
    await simulateDelay(300)
    leave.abort()
    await following
  }
}

test('an exception in any callback of the control plane fails no request and loses no change', {
  timeout: 300_000,
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'fairlead-planted-'))
  const plants = new Plants('lib/control-plane')
  const port = await freePort()
  const nodePort = await freePort()
  const syslog = await receiveSyslog()
  const child: ChildProcess = await startProcess(dataDir, port, {
    env: plants.env(),
    settings: {
      nodeAddress: { host: '127.0.0.1', port: nodePort },
      smtp: await smtpOfNobody(),
      audit: {
        retention: DEFAULT_RETENTION,
        syslog: { transport: 'tcp', host: '127.0.0.1', port: syslog.port, caFile: null },
      },
    },
  })
  const stopped = new AbortController()
  await using hook = await receiveWebhooks()
  onTestFinished(() => {
    stopped.abort()
    child.kill('SIGKILL')
    plants.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const planted = await plants.of(child.pid as number)
  const api = new Api(port)
  const lb = await api.call('POST', `${PARIS}/lbs`, { name: 'site', backends: [backendInput()] })
  const uri = `http://localhost:${hook.port}/`
  const subscriber = await api.call('POST', `${PARIS}/subscribers`, {
    name: 'hook',
    webhook_config: { uri },
  })
  const reader = await api.call('POST', `${PARIS}/subscribers`, {
    name: 'mail',
    email_config: { email: 'ada@example.com' },
  })
  // A node and a reader that stay connected.
  const node = api.node('fr-par-b', configPath(1), followRequest(), stopped.signal)
  const staying = [node, api.events(stopped.signal)].map((one) => readOn(one).catch(() => {}))
  const loops = [...staying, api.load(lb.id, stopped.signal), followAndLeave(api, stopped.signal)]

  const pair = await JoinedPair.join(nodePort, 'fr-par', (node) =>
    api.call('POST', `${OWN}/nodes/tokens`, node),
  )
  onTestFinished(() => pair.close())

  const rows: string[] = []
  const unreached: string[] = []
  const sendMessage = (message: SupervisorToControlPlane) => child.send(message)
  const failedOver = () => sendMessage({ type: 'failed_over', failovers: [] })
  const notify = () => api.call('POST', `${OWN}/subscribers/${subscriber.id}/test`)
  /** These calls may fail from an exception in their own callbacks. */
  const begin = (call: Promise<unknown>) => void call.catch(() => {})
  const { forward_port, health_check, server_ip } = backendInput()
  const check = { region: 'fr-par', forward_port, health_check, server_ip }
  const triggers: Record<string, () => unknown> = {
    // Denied calls write to the audit log.
    [at('audit/audit-log.ts #onFlushDue')]: () => api.call('POST', `${OWN}/tokens`, {}, 'x'),
    [at('audit/audit-log.ts #onFlushDue 2')]: () => api.call('POST', `${OWN}/tokens`, {}, 'x'),
    // The changes of `load` are sent to syslog.
    [at('audit/syslog/send-syslog.ts sendStream')]: () => {
      syslog.reset = true
    },
    [at('nodes/streams/node-stream.ts onTimeout')]: () =>
      begin(api.call('POST', `${OWN}/draft-checks`, check)),
    [at('nodes/streams/node-streams.ts onTimeout')]: () =>
      begin(api.call('POST', `${OWN}/draft-checks`, { ...check, region: 'nl-ams' })),
    [at('failovers/supervisor-orders.ts onTimeout')]: () =>
      begin(api.call('POST', `${OWN}/nodes/fr-par-a/drain`)),
    [at('metrics/shared-text.ts onStale')]: () => begin(api.call('GET', `${OWN}/metrics`)),
    [at('main.ts onMessage')]: failedOver,
    [at('main.ts onMessage 2')]: failedOver,
    [at('notifications/send-webhook.ts onResponse')]: notify,
    [at('egress/resolve-target.ts answer')]: notify,
    [at('notifications/send-email.ts transport')]: () =>
      api.call('POST', `${OWN}/subscribers/${reader.id}/test`),
    [at('store/dialect/sqlite/erasure.ts onTime')]: () =>
      api.call('POST', `${OWN}/subscribers/${subscriber.id}/secret`),
    [at('nodes/observed/fleet.ts receive')]: () =>
      api.node('fr-par-a', reportPath(1), { lbs: [lbReport({ lb_id: lb.id })] }),
    [at('nodes/observed/fleet.ts #notify')]: () =>
      api.node('fr-par-a', reportPath(1), { lbs: [lbReport({ lb_id: lb.id })] }),
    [at('services/certificates/create-certificate.ts createCertificate')]: () =>
      api.call('POST', `${PARIS}/lbs/${lb.id}/certificates`, {
        name: 'c',
        letsencrypt: { common_name: 'www.example.com' },
      }),
    [at('traffic/traffic-history.ts forget')]: async () => {
      const { id } = await api.call('POST', `${PARIS}/lbs`, { name: 'gone' })
      await api.call('DELETE', `${PARIS}/lbs/${id}?release_ip=true`)
    },
    [at('tokens/token-uses.ts note')]: async () => {
      const token = await api.call('POST', `${OWN}/tokens`, { name: 'x' })
      begin(api.call('GET', `${PARIS}/lbs`, undefined, token.secret_key))
    },
    ...hostTriggers(pair, (method, path, body) => api.call(method, path, body)),
  }
  const excluded = new Set([...AT_THE_END, ...Object.keys(UNREACHED)])
  for (const { id } of plants.all) {
    if (excluded.has(id) || SHARED.test(id)) continue
    const before = api.failed.length
    await planted.arm(id)
    const end = performance.now() + TRIGGER_TIMEOUT_MS
    while (!planted.thrown.includes(id) && performance.now() < end) {
      await triggers[id]?.()
      await simulateDelay(100)
    }
    if (!planted.thrown.includes(id)) unreached.push(id)
    const { calls } = api
    await vi.waitFor(() => expect(api.calls).toBeGreaterThan(calls + CALLS_AFTER), 20_000)
    rows.push(`${id.padEnd(80)}${api.failed.length - before}`)
  }
  stopped.abort()
  await Promise.all(loops)
  process.stdout.write(`${'callback'.padEnd(80)}failed\n${rows.join('\n')}\n`)
  expect(unreached).toEqual([])
  expect(api.failed).toEqual([])

  // The process stops although each step throws once.
  await planted.arm(at('control-plane.ts onClosed'))
  const end = exited(child)
  sendMessage({ type: 'stop' })
  expect(await end).toBe(0)
  expect(planted.thrown).toContain(at('control-plane.ts onClosed'))
  for (const id of ['main.ts onStop', 'main.ts stopper'].map(at)) {
    const again = await startProcess(dataDir, port, {
      env: plants.env(),
      settings: { smtp: await smtpOfNobody() },
    })
    onTestFinished(() => void again.kill('SIGKILL'))
    await (await plants.of(again.pid as number)).arm(id)
    const ended = exited(again)
    again.send({ type: 'stop' })
    expect(await ended).toBe(1)
  }
})
