import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { startNginxWith } from '#lib/testing/programs/nginx.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { freePort, TEST_ADDRESS, testBackend } from '#lib/testing/runtime/running-lb.ts'
import { steadyRate } from '../bench/measure/steady-rate.ts'
import { type Figure, quantile } from '../support/figures.ts'
import { type LbProcess, startLbProcess } from './lb-process.ts'

const PER_SECOND = 500
/** The interval between two bytes of a slow head. */
const DRIBBLE_MS = 500
const AT_ONCE = 100
/** Time for a slow client to connect, and for the other clients to start. */
const START_MS = 1500

/** A closed slow client: milliseconds since its first byte, and the response. */
type Ended = { after: number; answer: string }

/**
 * Promise 10: clients that send their heads byte by byte don't slow others, and are closed in time.
 * @param headMs the time limit of a head
 * @param roomMs the latency that a busy machine may add for the others
 */
export async function slowHeads(extent: {
  count: number
  headMs: number
  rounds: number
  roomMs: number
}): Promise<Figure[]> {
  const { count, headMs, rounds, roomMs } = extent
  const origin = await startOrigin()
  const backend = testBackend(origin.port)
  const lb = await startLbProcess({ backend, frontend: { client_timeout: headMs } })
  try {
    const ended: Ended[] = []
    const without: number[] = []
    const beside: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      without.push(await othersP99(lb, headMs - START_MS))
      const all = sendAllSlowly(lb, count)
      beside.push(await othersP99(lb, headMs - START_MS))
      ended.push(...(await all))
    }
    const median = quantile(without, 0.5)
    return [
      { what: 'p99 of others, without slow clients', value: median, unit: 'ms' },
      {
        what: `p99 of others, with ${count} slow clients`,
        value: quantile(beside, 0.5),
        unit: 'ms',
        atMost: 2 * median + roomMs,
      },
      {
        what: 'slow clients that got 408',
        value: ended.filter(({ answer }) => answer.startsWith('HTTP/1.1 408 ')).length,
        atLeast: rounds * count,
      },
      {
        what: `last slow client closed, after ${headMs} ms`,
        value: Math.max(...ended.map(({ after }) => after)),
        unit: 'ms',
        atLeast: headMs,
        atMost: headMs + 1000 + roomMs,
      },
    ]
  } finally {
    await lb.stop()
    await origin.remove()
  }
}

/** A web server with the small response that the steady rate expects. */
async function startOrigin(): Promise<ServerProgram> {
  const port = await freePort()
  const listen = `listen ${TEST_ADDRESS}:${port}; keepalive_requests 1000000;`
  const answer = 'location / { return 200 "x\\n"; }'
  return startNginxWith(TEST_ADDRESS, port, () => `server { ${listen} ${answer} }`)
}

/** The latency of other clients, milliseconds, over about that time. */
async function othersP99(lb: LbProcess, milliseconds: number): Promise<number> {
  const seconds = Math.max(1, Math.floor(milliseconds / 1000))
  const place = { address: TEST_ADDRESS, port: lb.port }
  return (await steadyRate({ ...place, perSecond: PER_SECOND, seconds })).p99
}

/** Resolves when all slow clients have been closed. */
async function sendAllSlowly(lb: LbProcess, count: number): Promise<Ended[]> {
  const all: Promise<Ended>[] = []
  for (let index = 0; index < count; index += 1) {
    all.push(sendSlowly(connect(lb.port, TEST_ADDRESS)))
    if (index % AT_ONCE === 0) await setTimeout(1)
  }
  return Promise.all(all)
}

function sendSlowly(socket: Socket): Promise<Ended> {
  return new Promise((resolve) => {
    let start = performance.now()
    let answer = ''
    socket.once('connect', () => {
      start = performance.now()
    })
    socket.setNoDelay().write('GET / HTTP/1.1\r\nHost: test\r\nX: ')
    const timer = setInterval(() => socket.write('x'), DRIBBLE_MS)
    socket.on('data', (data) => {
      answer += data
    })
    socket.on('error', () => {})
    socket.once('end', () => clearInterval(timer))
    socket.once('close', () => {
      clearInterval(timer)
      resolve({ after: performance.now() - start, answer })
    })
  })
}
