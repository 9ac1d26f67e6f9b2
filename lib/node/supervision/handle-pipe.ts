import { contain, forEachContained } from '#lib/process/faults.ts'
import {
  newIpcPipe,
  newServerPipe,
  PipeConnectWrap,
  type RawPipe,
  type Sendable,
} from '#lib/process/node-internals/raw-pipe.ts'
import { bytesRead, WriteWrap } from '#lib/process/node-internals/tcp-handle.ts'

/**
 * A connection between two processes of this machine that are not parent and child, over which sockets travel beside
 * messages. Node has that for its own children only; this is the same libuv pipe.
 */

/** One line of JSON, and whether a socket belongs to it. Sockets arrive in the order of their lines. */
type Line<Message> = { message: Message; hasHandle: boolean }

/** One end of such a connection. */
export class HandlePipe<Received, Sent> {
  /** Called for each message, with the socket that came with it. */
  onMessage: (message: Received, handle?: Sendable) => void = () => {}
  /** The other side closed the connection, or sent an invalid message. Called once, and not after `close`. */
  onEnd: () => void = () => {}
  readonly #pipe: RawPipe
  readonly #decoder = new TextDecoder()
  readonly #handles: Sendable[] = []
  #unfinished = ''
  #isOpen = true

  /** @param pipe open, not being read yet */
  constructor(pipe: RawPipe) {
    this.#pipe = pipe
    pipe.onread = contain(
      'supervisor message',
      (bytes?: ArrayBuffer) => this.#read(bytes),
      () => this.#end(),
    )
    // After the creator of the pipe has set `onMessage` and `onEnd`.
    const startReading = contain(
      'supervisor message',
      () => this.#isOpen && pipe.readStart(),
      () => this.#end(),
    )
    queueMicrotask(startReading)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Sends a message, with a socket if one belongs to it. The socket stays open here as well. */
  send(message: Sent, handle?: Sendable): void {
    if (!this.#isOpen) return
    const request = new WriteWrap()
    request.oncomplete = contain(
      'supervisor message',
      (status: number) => status !== 0 && this.#end(),
      () => this.#end(),
    )
    const line: Line<Sent> = { message, hasHandle: handle !== undefined }
    const error = this.#pipe.writeUtf8String(request, `${JSON.stringify(line)}\n`, handle)
    if (error !== 0) queueMicrotask(this.#onBroken)
  }

  readonly #onBroken = contain('supervisor message', () => this.#end())

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#pipe.close()
  }

  #read(bytes?: ArrayBuffer): void {
    const count = bytesRead()
    const { pendingHandle } = this.#pipe
    if (pendingHandle) this.#handles.push(pendingHandle)
    this.#pipe.pendingHandle = null
    if (count < 0) {
      this.#end()
      return
    }
    if (!bytes) return
    const text = this.#decoder.decode(new Uint8Array(bytes, 0, count), { stream: true })
    const lines = (this.#unfinished + text).split('\n')
    this.#unfinished = lines.pop() ?? ''
    forEachContained('supervisor message', lines, (line) => {
      const { message, hasHandle } = JSON.parse(line) as Line<Received>
      this.onMessage(message, hasHandle ? this.#handles.shift() : undefined)
    })
  }

  #end(): void {
    if (!this.#isOpen) return
    this.close()
    this.onEnd()
  }
}

/** Connects to the process that listens at a path. @throws Error with the system's code if there is none */
export function connectPipe<Received, Sent>(path: string): Promise<HandlePipe<Received, Sent>> {
  const pipe = newIpcPipe()
  const request = new PipeConnectWrap()
  return new Promise((resolve, reject) => {
    request.oncomplete = contain(
      'supervisor message',
      (status: number) => {
        if (status === 0) return resolve(new HandlePipe(pipe))
        pipe.close()
        reject(new Error(`connect ${path}: ${status}`))
      },
      (fault) => {
        pipe.close()
        reject(fault)
      },
    )
    pipe.connect(request, path)
  })
}

/**
 * What libuv accepts is a plain pipe, which carries no sockets. The descriptor is opened again as one that does; the first
 * owner is kept, unread and never closed, since closing it would close the descriptor under the second.
 */
const firstOwners = new Set<RawPipe>()

/** Listens for connections at a path of at most 107 bytes. @throws Error if it can't */
export function listenForPipes<Received, Sent>(
  path: string,
  onPipe: (pipe: HandlePipe<Received, Sent>) => void,
): void {
  const server = newServerPipe()
  server.onconnection = contain(
    'supervisor message',
    (status: number, connection: RawPipe) => {
      if (status !== 0) return
      firstOwners.add(connection)
      const pipe = newIpcPipe()
      if (pipe.open(connection.fd) === 0) onPipe(new HandlePipe(pipe))
    },
    (_fault, _status, connection) => {
      if (!firstOwners.delete(connection)) connection.close()
    },
  )
  const error = server.bind(path) || server.listen(BACKLOG)
  if (error === 0) return
  server.close()
  throw new Error(`listen at ${path}: ${error}`)
}

const BACKLOG = 8
