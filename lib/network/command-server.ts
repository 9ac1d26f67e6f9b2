import { chmodSync, chownSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'
import { JsonLines } from './json-lines.ts'
import { Command, type NetworkEvent } from './messages.ts'

/** What is logged of a command that is refused. Characters. */
const REFUSED_MAX = 200

type Handlers = {
  /** @throws Error in a sentence, by rejection */
  execute(command: Command): Promise<object>
  /** What a new connection is sent first. */
  snapshot(): NetworkEvent[]
  onShutDown(): void
}

/** The helper's socket: commands come in, answers and events go out. */
export class CommandServer {
  readonly #handlers: Handlers
  readonly #log: Logger
  readonly #connections = new Set<Socket>()
  readonly #server: Server

  constructor(handlers: Handlers, log: Logger) {
    this.#handlers = handlers
    this.#log = log
    this.#server = createServer(contain('supervisor', (socket: Socket) => this.#serve(socket)))
  }

  /** Only root and `owner` can open the socket. */
  async listen(path: string, owner: number): Promise<void> {
    rmSync(path, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.on('error', reject)
      const mask = process.umask(0o177)
      this.#server.listen(path, resolve)
      process.umask(mask)
    })
    chmodSync(path, 0o600)
    chownSync(path, owner, -1)
  }

  emit(event: NetworkEvent): void {
    for (const socket of this.#connections) send(socket, event)
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#connections) socket.destroy()
  }

  #serve(socket: Socket): void {
    const lines = new JsonLines()
    this.#connections.add(socket)
    socket.setEncoding('utf8')
    socket.on('error', () => {})
    socket.on(
      'close',
      contain('supervisor', () => this.#connections.delete(socket)),
    )
    socket.on(
      'data',
      contain(
        'supervisor message',
        (text: string) => {
          for (const message of lines.push(text)) this.#onMessage(socket, message)
        },
        () => socket.destroy(),
      ),
    )
    for (const event of this.#handlers.snapshot()) send(socket, event)
  }

  #onMessage(socket: Socket, message: unknown): void {
    const parsed = Command.safeParse(message)
    if (parsed.success) {
      detach('supervisor message', () => this.#answer(socket, parsed.data))
      return
    }
    const [issue] = parsed.error.issues
    const error = `The network helper refuses this command: ${issue?.path.join('.')} ${issue?.message}.`
    const text = JSON.stringify(message).slice(0, REFUSED_MAX)
    this.#log.warn({ message: text }, error)
    const id = idOf(message)
    if (id !== null) send(socket, { id, error })
  }

  async #answer(socket: Socket, command: Command): Promise<void> {
    const { id, type } = command
    try {
      const fields = await this.#handlers.execute(command)
      send(socket, { ...fields, id, error: null })
      if (type === 'shut_down') socket.end(contain('supervisor', () => this.#handlers.onShutDown()))
    } catch (fault) {
      const error = (fault as Error).message
      this.#log.warn({ type }, error)
      send(socket, { id, error })
    }
  }
}

function send(socket: Socket, message: object): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
}

function idOf(message: unknown): number | null {
  const id = (message as { id?: unknown } | null)?.id
  return typeof id === 'number' ? id : null
}

/** Whether another process accepts connections there. */
export function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.on(
      'connect',
      contain('supervisor', () => {
        socket.destroy()
        resolve(true)
      }),
    )
    socket.on(
      'error',
      contain('supervisor', () => resolve(false)),
    )
  })
}
