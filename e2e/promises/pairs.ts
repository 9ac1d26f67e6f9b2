import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { DesiredBackend, DesiredFrontend } from '#lib/config/desired.ts'
import { waitFor } from '../support/wait.ts'
import { Stage } from './stage.ts'

/** How a stream comes about: in TCP mode, or as an upgraded connection in HTTP mode. */
export type StreamKind = 'tcp' | 'upgraded'
/** Both ends of a stream through the load balancer. */
export type Pair = { client: Socket; server: Socket }

/** A stage on which both ends of every stream are at hand. */
export type PairStage = AsyncDisposable & { stage: Stage; open(): Promise<Pair> }

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: stream\r\n\r\n'
const OPENINGS = {
  tcp: {
    ask: (id: number) => `${id}\n`,
    asked: /^(\d+)\n$/,
    answer: 'welcome\n',
    end: '\n',
  },
  upgraded: {
    ask: (id: number) => `GET /${id} HTTP/1.1\r\nHost: test\r\n${UPGRADE}`,
    asked: /^GET \/(\d+) .*\r\n\r\n$/s,
    answer: `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}`,
    end: '\r\n\r\n',
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
  const { ask, asked, answer, end } = OPENINGS[kind]
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
    let received = ''
    while (!received.endsWith(end))
      received += String(((await once(client, 'data')) as [Buffer])[0])
    client.pause()
    const server = await waitFor('the server has it', () => servers.get(id))
    servers.delete(id)
    return { client, server }
  }
  return { stage, open, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() }
}
