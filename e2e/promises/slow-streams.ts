import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { TEST_ADDRESS } from '#lib/testing/runtime/running-lb.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { residentKib } from '../bench/measure/memory.ts'
import type { Figure } from '../support/figures.ts'
import { Stage } from './stage.ts'

/** Promise 10: slow clients and servers use little of the load balancer's memory. */

const BODY_BYTES = 2 ** 30
const BYTES_AT_A_TIME = 1024
const EVERY_MS = 1000
const EACH_KIB_MAX = 256
const AT_ONCE = 50
/** Streams before the measurement: code is compiled and buffers are allocated then. */
const FIRST = 30
const WARM_SECONDS = 0.5
const SAMPLE_MS = 100

const CHUNK = Buffer.alloc(65_536, 'x')
const LENGTH = `Content-Length: ${BODY_BYTES}\r\n\r\n`

/** What a client requests, and how it behaves afterwards. */
const SLOW = {
  'clients that read slowly': {
    request: 'GET / HTTP/1.1\r\nHost: test\r\n\r\n',
    go: (_: Socket) => {},
  },
  'clients that send slowly': {
    request: `POST /read HTTP/1.1\r\nHost: test\r\n${LENGTH}`,
    go: sendSlowly,
  },
  'servers that read slowly': {
    request: `POST /read-slowly HTTP/1.1\r\nHost: test\r\n${LENGTH}`,
    go: flood,
  },
}
export type SlowKind = keyof typeof SLOW
export const SLOW_KINDS = Object.keys(SLOW) as SlowKind[]

/** @param seconds how long memory is sampled */
export async function slowStreams(
  protocol: 'http' | 'tcp',
  kinds: readonly SlowKind[],
  { count, seconds }: { count: number; seconds: number },
): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const kind of kinds) {
    await using stage = await Stage.set({ backend: { protocol }, onConnection: serve })
    await startAll(stage, kind, FIRST)
    const before = await mostMemory(stage, WARM_SECONDS)
    await startAll(stage, kind, count)
    await waitFor(
      'all are connected',
      async () => (await connected(stage)) === FIRST + count,
      60_000,
    )
    const most = await mostMemory(stage, seconds)
    figures.push({
      what: `${protocol}, ${count} ${kind}: memory of each`,
      value: (most - before) / count,
      unit: 'KiB',
      atMost: EACH_KIB_MAX,
    })
    figures.push({
      what: '  still connected',
      value: await connected(stage),
      atLeast: FIRST + count,
    })
  }
  return figures
}

async function connected(stage: Stage): Promise<number> {
  return (await stage.lb.report()).counters.connections_current
}

async function startAll(stage: Stage, kind: SlowKind, count: number): Promise<void> {
  const { request, go } = SLOW[kind]
  for (let index = 0; index < count; index += 1) {
    const socket = slowReader(stage.lb.port)
    stage.owns(socket)
    socket.write(request)
    go(socket)
    if (index % AT_ONCE === 0) await setTimeout(SAMPLE_MS)
  }
}

/** Reads a little at a time. */
function slowReader(port: number): Socket {
  const buffer = Buffer.alloc(BYTES_AT_A_TIME)
  const socket = connect({ host: TEST_ADDRESS, port, onread: { buffer, callback: () => false } })
  repeat(socket, () => socket.resume())
  return socket
}

function sendSlowly(socket: Socket): void {
  repeat(socket, () => socket.write(CHUNK.subarray(0, BYTES_AT_A_TIME)))
}

/** Sends as fast as the load balancer reads. */
function flood(socket: Socket): void {
  const more = () => {
    while (socket.writable && socket.write(CHUNK));
  }
  socket.on('drain', more)
  more()
}

function repeat(socket: Socket, act: () => void): void {
  const timer = setInterval(act, EVERY_MS)
  socket.once('close', () => clearInterval(timer))
}

/** The server: responds, reads, or reads a little at a time, as the request says. */
function serve(socket: Socket): void {
  socket.once('end', () => socket.bytesRead === 0 && socket.end())
  socket.once('data', (data) => {
    const [, path] = String(data).split(' ')
    if (path === '/') {
      socket.write(`HTTP/1.1 200 OK\r\n${LENGTH}`)
      flood(socket)
    } else if (path === '/read') {
      socket.resume()
    } else {
      socket.pause().on('readable', () => {})
      repeat(socket, () => socket.read(BYTES_AT_A_TIME))
    }
  })
}

/** The maximum resident memory in that time, KiB. */
async function mostMemory(stage: Stage, seconds: number): Promise<number> {
  let most = 0
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    await setTimeout(SAMPLE_MS)
    most = Math.max(most, residentKib([stage.lb.pid]))
  }
  return most
}
