import { createHash, type Hash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { TEST_ADDRESS } from '#lib/testing/runtime/running-lb.ts'
import type { Figure } from '../support/figures.ts'
import { Stage } from './stage.ts'

const CHUNK_BYTES = 65_536

export type TransferKind = 'tcp' | 'http with a length' | 'http in chunks'
export const TRANSFER_KINDS: TransferKind[] = ['tcp', 'http with a length', 'http in chunks']

/** The bytes that were sent, and those that came back. */
type Received = { bytes: number; hash: Hash }

/** Sends a large amount and reads the echo at the same time; both must be byte-exact. */
export async function largeTransfer(kind: TransferKind, bytes: number): Promise<Figure[]> {
  const http = createServer((asked, answer) => {
    const { 'content-length': length } = asked.headers
    if (length) answer.setHeader('Content-Length', length)
    asked.pipe(answer)
  })
  await using stage = await Stage.set({
    backend: { protocol: kind === 'tcp' ? 'tcp' : 'http' },
    onConnection: (socket) =>
      kind === 'tcp' ? socket.pipe(socket) : http.emit('connection', socket),
  })
  const hash = createHash('sha256')
  const source = Readable.from(randomChunks(bytes, hash), { objectMode: false })
  const from = performance.now()
  const received =
    kind === 'tcp'
      ? await overTcp(stage, source)
      : await overHttp(stage, source, kind === 'http in chunks' ? {} : { 'Content-Length': bytes })
  const seconds = (performance.now() - from) / 1000
  const exact = received.bytes === bytes && received.hash.digest('hex') === hash.digest('hex')
  return [
    {
      what: `${kind}: ${bytes / 2 ** 20} MiB each way, byte-exact`,
      value: Number(exact),
      atLeast: 1,
    },
    { what: '  at', value: bytes / 2 ** 20 / seconds, unit: 'MiB a second' },
  ]
}

/** Pseudo-random bytes, which don't compress and are all distinct. */
function* randomChunks(bytes: number, hash: Hash): Generator<Buffer> {
  const block = randomBytes(CHUNK_BYTES)
  for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
    const chunk = Buffer.from(block.subarray(0, Math.min(left, CHUNK_BYTES)))
    chunk.writeUInt32LE(left % 2 ** 32, 0)
    hash.update(chunk)
    yield chunk
  }
}

async function overTcp(stage: Stage, source: Readable): Promise<Received> {
  const socket = await stage.client()
  const [received] = await Promise.all([receive(socket), pipeline(source, socket)])
  return received
}

async function overHttp(
  stage: Stage,
  source: Readable,
  headers: OutgoingHttpHeaders,
): Promise<Received> {
  const asked = request({ host: TEST_ADDRESS, port: stage.lb.port, method: 'POST', headers })
  const sent = pipeline(source, asked)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const [received] = await Promise.all([receive(answer), sent])
  return received
}

async function receive(stream: Readable): Promise<Received> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, hash }
}
