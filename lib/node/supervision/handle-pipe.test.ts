import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Sendable } from '#lib/process/node-internals/raw-pipe.ts'
import type { SocketHandle } from '#lib/runtime/sockets/listener-source.ts'
import { bindHandle, TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import { connectPipe, type HandlePipe, listenForPipes } from './handle-pipe.ts'

// Sockets sent over a pipe between two processes.

type Numbered = { number: number; filling?: string }

let directory: string
let path: string
let accepted: HandlePipe<Numbered, Numbered>[]
let client: HandlePipe<Numbered, Numbered>

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-pipe-'))
  path = join(directory, 'x.sock')
  accepted = []
  listenForPipes<Numbered, Numbered>(path, (pipe) => accepted.push(pipe))
  client = await connectPipe(path)
  await until(() => accepted.length === 1)
})

afterEach(() => {
  client.close()
  for (const pipe of accepted) pipe.close()
  rmSync(directory, { recursive: true })
})

const [COUNT, FILLING] = [300, 'ä'.repeat(1000)]

test('sockets arrive each with its own message, whatever comes between', async () => {
  const got: { number: number; port: number | null }[] = []
  client.onMessage = ({ number }, handle) => {
    const name: { port?: number } = {}
    ;(handle as { getsockname?(name: object): number } | undefined)?.getsockname?.(name)
    got.push({ number, port: name.port ?? null })
    ;(handle as SocketHandle | undefined)?.close()
  }
  const sent = Array.from({ length: COUNT }, (_, number) => {
    const bound = number % 3 === 0 ? null : bindHandle(TEST_ADDRESS)
    accepted[0]?.send({ number, filling: FILLING }, bound?.handle)
    return { number, port: bound?.port ?? null, bound }
  })
  await until(() => got.length === COUNT)
  expect(got).toEqual(sent.map(({ number, port }) => ({ number, port })))
  for (const { bound } of sent) bound?.handle.close()
})

test('a listening socket that is sent keeps its queue, and the receiver accepts from it', async () => {
  const { handle, port } = bindHandle(TEST_ADDRESS)
  handle.onconnection = () => {}
  handle.listen(10)
  const received = new Promise<Sendable | undefined>((resolve) => {
    client.onMessage = (_, sent) => resolve(sent)
  })
  accepted[0]?.send({ number: 1 }, handle)
  const other = (await received) as SocketHandle
  handle.close()
  const peer = connect(port, TEST_ADDRESS)
  await once(peer, 'connect')
  let connections = 0
  other.onconnection = (_, connection) => {
    connection.close()
    connections += 1
  }
  other.listen(10)
  await until(() => connections > 0)
  expect(connections).toBe(1)
  peer.destroy()
  other.close()
})

test('each side hears of the end of the other, once', async () => {
  let ends = 0
  client.onEnd = () => {
    ends += 1
  }
  accepted[0]?.close()
  await until(() => ends === 1)
  client.send({ number: 1 })
  expect(ends).toBe(1)
})

test('nobody there is an error', async () => {
  await expect(connectPipe(join(directory, 'nobody.sock'))).rejects.toThrow(/^connect .*nobody/)
  expect(() => listenForPipes(join(directory, 'x'.repeat(120)), () => {})).toThrow(/^listen at /)
})
