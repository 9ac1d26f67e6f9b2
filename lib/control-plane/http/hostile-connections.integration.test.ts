import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exited, freePort, startProcess } from '../testing/control-plane-process.ts'
import { SECRET_KEY } from '../testing/running-control-plane.ts'

const CONNECTIONS = 400
const MIB = 1024 * 1024
/** How much more memory the control plane may use while they are open. */
const MEMORY_MAX = 50 * MIB

let directory: string
let port: number
let child: Awaited<ReturnType<typeof startProcess>>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fairlead-hostile-'))
  port = await freePort()
  child = await startProcess(directory, port, { FAIRLEAD_API_RATE: '0' })
  // What is compiled and cached at the first requests is no growth.
  for (const hostile of Object.values(FAST)) {
    const { closed, stop } = attack(hostile, 40)
    while (closed() < 40) await delay(5)
    stop()
  }
  for (let at = 0; at < 100; at += 1) await isServed()
})
afterAll(async () => {
  const end = exited(child)
  child.kill()
  await end
  await rm(directory, { recursive: true })
})

function memory(): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}

async function isServed(): Promise<boolean> {
  const { status } = await fetch(`http://127.0.0.1:${port}/fairlead/v1/tokens`, {
    headers: { 'X-Auth-Token': SECRET_KEY },
  })
  return status === 200
}

const head = (method: string, path: string, more: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${more}\r\n`
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
const LENGTH = `Content-Length: ${MIB}\r\n`
/** A body's bytes, of which no end is in sight. */
const FILLER = 'a'.repeat(64 * 1024)
const CHUNK = `${FILLER.length.toString(16)}\r\n${FILLER}\r\n`

type Attack = { first: string; rest: string }
const FAST: Record<string, Attack> = {
  'reports without the secret of nodes': {
    first: head('POST', '/nodes/v1/fr-par-a/report', CHUNKED),
    rest: CHUNK,
  },
  'calls with a token that is none': {
    first: head(
      'POST',
      '/fairlead/v1/tokens',
      `X-Auth-Token: ${SECRET_KEY.replace('1', '2')}\r\n${LENGTH}`,
    ),
    rest: FILLER,
  },
  'log-ins whose bodies have no end': {
    first: head('POST', '/fairlead/v1/session', CHUNKED),
    rest: CHUNK,
  },
}

/** What is held open for as long as it can be. */
const SLOW: Attack[] = [
  // The largest log-in, but for its last byte.
  {
    first: `${head('POST', '/fairlead/v1/session', 'Content-Length: 16384\r\n')}${'a'.repeat(16_383)}`,
    rest: '',
  },
  // The largest head, but for its end.
  { first: `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ${'a'.repeat(15_000)}`, rest: '' },
  { first: '', rest: '' },
]

type Attacking = { opened: () => number; closed: () => number; stop: () => void }

/** Opens connections, each of which sends as much as is taken of it. */
function attack({ first, rest }: Attack, connections = CONNECTIONS): Attacking {
  const open = new Set<Socket>()
  let [opened, closed, stopped] = [0, 0, false]
  const more = (socket: Socket) => {
    if (rest === '' || stopped || !socket.writable) return
    socket.write(rest, (error) => error ?? more(socket))
  }
  for (let at = 0; at < connections; at += 1) {
    const socket = connect(port, '127.0.0.1', () => {
      opened += 1
      socket.write(first)
      more(socket)
    })
    open.add(socket)
    socket.on('error', () => {})
    socket.resume().on('close', () => {
      closed += 1
      open.delete(socket)
    })
  }
  return {
    opened: () => opened,
    closed: () => closed,
    stop: () => {
      stopped = true
      for (const socket of open) socket.destroy()
    },
  }
}

/** The most that memory grows by until the attackers' connections are closed, while somebody else is served. */
async function growthUnder(attacks: Attack[]): Promise<number> {
  const before = memory()
  const under = attacks.map((one) => attack(one))
  let most = 0
  const sum = (count: (one: Attacking) => number) => under.reduce((all, one) => all + count(one), 0)
  const all = CONNECTIONS * attacks.length
  await expect.poll(() => sum((one) => one.opened())).toBe(all)
  while (sum((one) => one.closed()) < all) {
    expect(await isServed()).toBe(true)
    most = Math.max(most, memory() - before)
    await delay(5)
  }
  for (const { stop } of under) stop()
  return most
}

test.each(Object.entries(FAST))(
  'under 400 connections that send without end the control plane serves and grows by at most 50 MB: %s',
  async (name, hostile) => {
    const growth = await growthUnder([hostile])
    process.stdout.write(`${name}: ${(growth / MIB).toFixed(1)} MiB\n`)
    expect(growth).toBeLessThan(MEMORY_MAX)
  },
)

test('under 1,200 connections that are held open it does too, and closes all of them', async () => {
  const growth = await growthUnder(SLOW)
  process.stdout.write(`held open: ${(growth / MIB).toFixed(1)} MiB\n`)
  expect(growth).toBeLessThan(MEMORY_MAX)
})
