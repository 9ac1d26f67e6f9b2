import { randomInt } from 'node:crypto'
import type { DesiredAcl } from '#lib/protocol/desired-config.ts'
import { startHaproxyWith } from '#lib/testing/programs/haproxy.ts'
import { startNginxWith } from '#lib/testing/programs/nginx.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { freePort, TEST_ADDRESS, testBackend } from '#lib/testing/runtime/running-lb.ts'
import { steadyRate } from '../bench/measure/steady-rate.ts'
import { keepProcessorsBusy } from '../support/busy-processors.ts'
import { type Figure, quantile } from '../support/figures.ts'
import { type Flood, startFlood } from '../support/flood.ts'
import { type LbProcessSetup, startLbProcess } from './lb-process.ts'

/** Promise 14: whatever clients send to one load balancer, the others on its node aren't affected. */

const PER_SECOND = 200
/** The p99 under attack may be this multiple of the p99 without, or HAProxy's if that is higher: then the machine is the limit. */
const SLOWER_MAX = 3

type Attack = Pick<Flood, 'first' | 'block' | 'reads'> & {
  /** The attacked load balancer. `port` is that of a web server that reads bodies. */
  setup: (port: number) => LbProcessSetup
  /** The same frontend in HAProxy's configuration language, if its server is not what answers. */
  haproxy?: string
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
const pipelined = { first: '', block: GET, reads: true }

const proxied = (port: number): LbProcessSetup => ({ backend: testBackend(port), frontend: {} })
const ruled = (action: DesiredAcl['action'], match: DesiredAcl['match'] = EVERYTHING) => {
  const acls = [{ id: 'acl', name: 'acl', match, action }]
  return (port: number): LbProcessSetup => ({ backend: testBackend(port), frontend: { acls } })
}
const EVERYTHING: DesiredAcl['match'] = { sources: null, http: null, invert: false }
/** Regular expressions at a frontend's limit of steps, and a path that reaches it. */
const COSTLY: DesiredAcl['match'] = {
  ...EVERYTHING,
  http: {
    type: 'path_regex',
    values: Array.from({ length: 100 }, (_, at) => `a.{100}b.{80}c${at}`),
  },
}
const COSTLY_PATH = Array.from({ length: 8000 }, () => 'ab'[randomInt(2)]).join('')
const DENY = 'http-request deny'
const HTTPS = { type: 'redirect', code: 301, to: { type: 'scheme', scheme: 'https' } } as const

const ATTACKS = {
  'pipelined requests, redirected': {
    ...pipelined,
    setup: ruled(HTTPS),
    haproxy: 'http-request redirect scheme https',
  },
  'pipelined requests, denied': { ...pipelined, setup: ruled({ type: 'deny' }), haproxy: DENY },
  'pipelined requests, without a server': {
    ...pipelined,
    setup: (port) => ({ backend: testBackend(port, { servers: [] }), frontend: {} }),
    haproxy: 'http-request return status 503',
  },
  'pipelined requests, answers unread': {
    ...pipelined,
    reads: false,
    setup: ruled(HTTPS),
    haproxy: 'http-request redirect scheme https',
  },
  'pipelined requests, proxied': { ...pipelined, setup: proxied },
  'paths at the step limit': {
    ...pipelined,
    block: `GET /${COSTLY_PATH} HTTP/1.1\r\nHost: a\r\n\r\n`,
    setup: ruled({ type: 'deny' }, COSTLY),
    haproxy: DENY,
  },
  'chunks of one byte': { first: CHUNKED, block: '1\r\na\r\n', reads: true, setup: proxied },
  'chunks of 16 bytes': {
    first: CHUNKED,
    block: `10\r\n${'a'.repeat(16)}\r\n`,
    reads: true,
    setup: proxied,
  },
  'chunks with extensions': {
    first: CHUNKED,
    block: `10;${'e'.repeat(1000)}\r\n${'a'.repeat(16)}\r\n`,
    reads: true,
    setup: proxied,
  },
  'large heads': {
    first: '',
    block: `GET / HTTP/1.1\r\nHost: a\r\n${'X-F: v\r\n'.repeat(90)}\r\n`,
    reads: true,
    setup: ruled({ type: 'deny' }),
    haproxy: DENY,
  },
  'large bodies': {
    first: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n',
    block: 'a'.repeat(65_536),
    reads: true,
    setup: proxied,
  },
  'successive connections': {
    first: GET,
    block: '',
    reads: true,
    setup: ruled({ type: 'deny' }),
    haproxy: DENY,
  },
} satisfies Record<string, Attack>
/**
 * `connections`: number of the attacker's. `seconds`: duration of each measurement. `busy`: whether other programs keep all
 * CPUs busy. `haproxy`: whether HAProxy is measured too. `roomMs`: latency to allow for a machine that runs other tests.
 */
type Extent = {
  connections: number
  seconds: number
  rounds: number
  busy: boolean
  haproxy: boolean
  roomMs: number
}
export type AttackKind = keyof typeof ATTACKS
export const ATTACK_KINDS = Object.keys(ATTACKS) as AttackKind[]

/** The p99 of a load balancer's clients while another one on its node is flooded. */
export async function isolation(kinds: readonly AttackKind[], extent: Extent): Promise<Figure[]> {
  const free = extent.busy ? keepProcessorsBusy() : () => {}
  // One for each of the two load balancers: the attack must not slow the other one's server.
  const origins = await Promise.all([startOrigin(), startOrigin()])
  const [origin, attackedOrigin] = origins
  origin.setPriority('real-time')
  attackedOrigin.setPriority('idle')
  try {
    const figures: Figure[] = []
    for (const kind of kinds) {
      figures.push(...(await attacked(kind, [origin.port, attackedOrigin.port], extent)))
    }
    return figures
  } finally {
    free()
    await Promise.all(origins.map((one) => one.remove()))
  }
}

async function attacked(
  kind: AttackKind,
  [serverPort, attackedPort]: [number, number],
  { connections, seconds, rounds, busy, haproxy, roomMs }: Extent,
): Promise<Figure[]> {
  const { setup, first, block, reads } = ATTACKS[kind]
  const lb = await startLbProcess(proxied(serverPort), { others: [setup(attackedPort)] })
  const port = lb.beside[0] as number
  const other = haproxy ? await startHaproxy(ATTACKS[kind], serverPort, attackedPort) : null
  try {
    const alone: number[] = []
    const beside: number[] = []
    const ofHaproxy: number[] = []
    let megabytes = 0
    let answered = 0
    for (let round = 0; round < rounds; round += 1) {
      alone.push((await victim(lb, seconds)).p99)
      const flood = { address: TEST_ADDRESS, port, connections, first, block, reads }
      const stop = await startFlood(flood)
      const { p99, units } = await victim(lb, seconds)
      beside.push(p99)
      answered += units
      megabytes += (await stop()) / 1e6
      if (!other) continue
      const stopOther = await startFlood({ ...flood, port: other.attacked })
      ofHaproxy.push((await victim(other, seconds)).p99)
      await stopOther()
    }
    const machine = busy ? 'busy machine' : 'idle machine'
    const median = quantile(alone, 0.5)
    const theirs = other ? quantile(ofHaproxy, 0.5) : 0
    const rate = (megabytes / rounds / seconds).toPrecision(3)
    return [
      {
        what: `${kind}, ${rate} MB/s, ${machine}: p99 of another load balancer, before ${median.toPrecision(3)} ms, of HAProxy's ${theirs.toPrecision(3)} ms`,
        value: quantile(beside, 0.5),
        unit: 'ms',
        atMost: Math.max(SLOWER_MAX * median, theirs) + roomMs,
      },
      {
        what: 'its requests answered',
        value: answered,
        atLeast: rounds * seconds * PER_SECOND,
      },
    ]
  } finally {
    await Promise.all([lb.stop(), other?.stop()])
  }
}

/** HAProxy with one thread and the same two frontends. Shows how much latency the flood causes on this machine in any proxy. */
async function startHaproxy(attack: Attack, serverPort: number, attackedPort: number) {
  const [port, attacked] = [await freePort(), await freePort()]
  const listen = (name: string, at: number, server: number, rule = '') =>
    `listen ${name}\n  bind ${TEST_ADDRESS}:${at} backlog 4096\n  ${rule}\n  server s ${TEST_ADDRESS}:${server}`
  const program = await startHaproxyWith(
    { address: TEST_ADDRESS, port },
    `global\n  nbthread 1\n${listen('victim', port, serverPort)}\n${listen('attacked', attacked, attackedPort, attack.haproxy)}`,
  )
  return { port, attacked, stop: () => program.remove() }
}

/** The clients of another load balancer. Fails if one of their connections is closed. */
function victim(lb: { port: number }, seconds: number) {
  const place = { address: TEST_ADDRESS, port: lb.port }
  return steadyRate({ ...place, perSecond: PER_SECOND, seconds, realTime: true })
}

/** A web server with a small response. */
async function startOrigin(): Promise<ServerProgram> {
  const port = await freePort()
  const listen = `listen ${TEST_ADDRESS}:${port}; keepalive_requests 1000000; client_max_body_size 0;`
  const answer = 'location / { return 200 "x\\n"; }'
  return startNginxWith(TEST_ADDRESS, port, () => `server { ${listen} ${answer} }`)
}
