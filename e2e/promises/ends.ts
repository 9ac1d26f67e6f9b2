import { createHash, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { waitFor } from '#lib/testing/wait.ts'
import { type Figure, quantile } from '../support/figures.ts'
import { type Pair, type StreamKind, setPairs } from './pairs.ts'

/** Promise 11: after a half-close the other direction stays open; a reset is relayed at once; no socket leaks. */
export async function ends(
  kind: StreamKind,
  { pairs, bytes, resetMs }: { pairs: number; bytes: number; resetMs: number },
): Promise<Figure[]> {
  await using open = await setPairs(kind)
  const count = async (check: (pair: Pair, from: keyof Pair) => Promise<unknown>) => {
    for (const from of ['client', 'server'] as const) {
      for (let index = 0; index < pairs; index += 1) await check(await open.open(), from)
    }
  }
  let exact = 0
  await count(async (pair, from) => {
    if (await isExact(pair[from], otherOf(pair, from), bytes)) exact += 1
  })
  const quiet: number[] = []
  await count(async (pair, from) => quiet.push(await reset(pair[from], otherOf(pair, from))))
  const stuck: number[] = []
  await count(async (pair, from) => {
    const other = otherOf(pair, from)
    await writeUntilStuck(other)
    stuck.push(await reset(pair[from], other))
  })
  await waitFor('all is closed', () => open.stage.filesInUse <= 0).catch(() => {})
  const atMost = resetMs
  return [
    {
      what: `${kind}: byte-exact after one direction ended`,
      value: exact,
      atLeast: 2 * pairs,
      unit: `of ${2 * pairs}`,
    },
    { what: `${kind}: a reset crosses, p50`, value: quantile(quiet, 0.5), unit: 'ms' },
    { what: `${kind}: a reset crosses, most`, value: quantile(quiet, 1), unit: 'ms', atMost },
    { what: `${kind}: a reset of who does not read, p50`, value: quantile(stuck, 0.5), unit: 'ms' },
    {
      what: `${kind}: a reset of who does not read, most`,
      value: quantile(stuck, 1),
      unit: 'ms',
      atMost,
    },
    {
      what: `${kind}: sockets left of ${12 * pairs}`,
      value: Math.max(0, open.stage.filesInUse),
      atMost: 0,
    },
  ]
}

const otherOf = ({ client, server }: Pair, from: keyof Pair) =>
  from === 'client' ? server : client
const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex')

/** One side sends everything and half-closes; the other sends after that. */
async function isExact(ender: Socket, other: Socket, bytes: number): Promise<boolean> {
  const [first, second] = [randomBytes(bytes / 8), randomBytes(bytes)]
  const answer = buffer(ender)
  ender.end(first)
  const received = await buffer(other)
  other.end(second)
  return hash(received) === hash(first) && hash(await answer) === hash(second)
}

/** Milliseconds until a reset of one side has reached the other; Infinity if the other sees an orderly end. */
async function reset(from: Socket, to: Socket): Promise<number> {
  const broken = new Promise<boolean>((resolve) => to.once('close', resolve))
  to.resume()
  const start = performance.now()
  from.resetAndDestroy()
  return (await broken) ? performance.now() - start : Number.POSITIVE_INFINITY
}

/** Writes until the buffers are full while nobody reads. */
async function writeUntilStuck(socket: Socket): Promise<void> {
  const chunk = Buffer.alloc(65_536)
  const more = () => {
    while (socket.writable && socket.write(chunk));
  }
  socket.on('drain', more)
  more()
  let before = -1
  await waitFor('the buffers are full', () => {
    const taken = socket.bytesWritten - socket.writableLength
    const stuck = taken === before
    before = taken
    return stuck
  })
}
