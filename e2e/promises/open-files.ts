import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { TEST_ADDRESS } from '#lib/testing/runtime/running-lb.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { cpuMicroseconds } from '../bench/measure/cpu-time.ts'
import type { Figure } from '../support/figures.ts'
import { openFiles as countOpenFiles } from '../support/process-figures.ts'
import { type Pair, type PairStage, type StreamKind, setPairs } from './pairs.ts'

const OPEN_FILES = 100
const LIVE = 10
const HOGS = 300
const TALK_MS = 20
const MESSAGE_BYTES = 1000
/** The CPU share that the open streams and the refused clients may use, of one CPU. */
const CPU_MAX = 0.5
const RECOVERY_MS_MAX = 1000

/** Promise 12: a load balancer without free file descriptors keeps its connections, and accepts new ones once some are free. */
export async function exhaustedFiles(
  kind: StreamKind,
  { seconds, roomMs }: { seconds: number; roomMs: number },
): Promise<Figure[]> {
  await using open = await setPairs(kind, { openFiles: OPEN_FILES })
  const { lb } = open.stage
  const streams = await Promise.all(
    Array.from({ length: LIVE }, async () => talk(await open.open())),
  )
  const crowd = new Crowd(open)
  await waitFor('it has no descriptor left', () => countOpenFiles(lb.pid) >= OPEN_FILES - 1)
  const before = cpuMicroseconds([lb.pid])
  const from = performance.now()
  await setTimeout(seconds * 1000)
  const cpu = (cpuMicroseconds([lb.pid]) - before) / 1000 / (performance.now() - from)
  const exhausted = countOpenFiles(lb.pid) >= OPEN_FILES - 1
  crowd.leave()
  const left = performance.now()
  await waitFor('a new client is served', async () => {
    const { client, server } = await open.open()
    client.destroy()
    server.destroy()
    return true
  })
  const recovery = performance.now() - left
  const results = await Promise.all(streams.map((stop) => stop()))
  const sum = (values: number[]) => values.reduce((all, value) => all + value, 0)
  return [
    { what: `${kind}: still runs`, value: Number(lb.alive), atLeast: 1 },
    { what: `${kind}: out of descriptors to the end`, value: Number(exhausted), atLeast: 1 },
    { what: `${kind}: clients turned away`, value: crowd.turnedAway, atLeast: HOGS / 2 },
    { what: `${kind}: processor used meanwhile`, value: cpu, atMost: CPU_MAX },
    { what: `${kind}: messages of live streams`, value: sum(results.map((it) => it.messages)) },
    {
      what: `${kind}: live streams disturbed`,
      value: results.filter(({ whole }) => !whole).length,
      atMost: 0,
    },
    {
      what: `${kind}: served again after`,
      value: recovery,
      unit: 'ms',
      atMost: RECOVERY_MS_MAX + roomMs,
    },
  ]
}

/** Clients that keep their connections open, and reconnect when they are refused. */
class Crowd {
  turnedAway = 0
  readonly #sockets = new Set<Socket>()
  #leaving = false

  constructor({ stage }: PairStage) {
    for (let index = 0; index < HOGS; index += 1) this.#come(stage.lb.port)
  }

  leave(): void {
    this.#leaving = true
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  #come(port: number): void {
    const socket = connect(port, TEST_ADDRESS)
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.resume().once('close', async () => {
      this.#sockets.delete(socket)
      if (this.#leaving) return
      this.turnedAway += 1
      await setTimeout(100 + Math.random() * 200)
      if (!this.#leaving) this.#come(port)
    })
  }
}

/** Keeps a stream busy with random messages that are echoed. @returns a function that ends it and resolves with the result */
function talk({ client, server }: Pair): () => Promise<{ messages: number; whole: boolean }> {
  let expected = Buffer.alloc(0)
  let messages = 0
  let whole = true
  server.on('data', (data) => server.write(data)).resume()
  client.on('data', (data) => {
    whole &&= expected.subarray(0, data.length).equals(data)
    expected = expected.subarray(data.length)
  })
  client.resume()
  const say = () => {
    const message = randomBytes(MESSAGE_BYTES)
    expected = Buffer.concat([expected, message])
    messages += 1
    client.write(message)
  }
  say()
  const timer = setInterval(say, TALK_MS)
  return async () => {
    clearInterval(timer)
    await waitFor('the last echo arrived', () => expected.length === 0).catch(() => {})
    return { messages, whole: whole && expected.length === 0 }
  }
}
