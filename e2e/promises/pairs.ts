import type { Socket } from 'node:net'
import type { DesiredBackend, DesiredFrontend } from '#lib/protocol/desired-config.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Stage } from './stage.ts'

/** The kind of a stream: TCP mode, or an upgraded connection in HTTP mode. */
export type StreamKind = 'tcp' | 'upgraded'
/** Both ends of a stream through the load balancer. */
export type Pair = { client: Socket; server: Socket }

/** A stage that gives access to both ends of every stream. */
export type PairStage = AsyncDisposable & { stage: Stage; open(): Promise<Pair> }

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: stream\r\n\r\n'
const OPENINGS = {
  tcp: {
    ask: (id: number) => `${id}\n`,
    asked: /^(\d+)\n$/,
    answer: 'welcome\n',
    answered: /^welcome\n$/,
  },
  upgraded: {
    ask: (id: number) => `GET /${id} HTTP/1.1\r\nHost: test\r\n${UPGRADE}`,
    asked: /^GET \/(\d+) .*\r\n\r\n$/s,
    answer: `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}`,
    answered: /^HTTP\/1\.1 101 .*\r\n\r\n$/s,
  },
}

export async function setPairs(
  kind: StreamKind,
  setting: {
    backend?: Partial<DesiredBackend>
    frontend?: Partial<DesiredFrontend>
    openFiles?: number
  } = {},
): Promise<PairStage> {
  const { ask, asked, answer, answered } = OPENINGS[kind]
  const servers = new Map<number, Socket>()
  const stage = await Stage.set({
    ...setting,
    backend: { protocol: kind === 'tcp' ? 'tcp' : 'http', ...setting.backend },
    onConnection(socket) {
      socket.once('data', (data) => {
        const [, id] = asked.exec(String(data)) ?? []
        socket.pause().write(answer)
        servers.set(Number(id), socket)
      })
      socket.once('end', () => socket.bytesRead === 0 && socket.end())
    },
  })
  let opened = 0
  const open = async (): Promise<Pair> => {
    opened += 1
    const id = opened
    const client = await stage.client()
    client.write(ask(id))
    await receive(client, answered)
    const server = await waitFor('the server has accepted it', () => servers.get(id))
    servers.delete(id)
    return { client, server }
  }
  return { stage, open, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() }
}

/** Reads until the text is `answered`. @throws Error with the text if the connection or a response ends before */
function receive(client: Socket, answered: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = ''
    const refuse = () => {
      client.destroy()
      reject(new Error(`not opened: ${JSON.stringify(received)}`))
    }
    const read = (data: Buffer) => {
      received += String(data)
      if (answered.test(received)) {
        client.pause().off('data', read).off('end', refuse).off('close', refuse)
        resolve()
      } else if (received.includes('\r\n\r\n')) refuse()
    }
    client.on('data', read).once('end', refuse).once('close', refuse)
  })
}
