import { connect, type Socket } from 'node:net'
import { contain } from '#lib/process/faults.ts'
import { JsonLines } from './json-lines.ts'
import {
  type CarrierEvent,
  type CommandBody,
  type CommandType,
  HandOverReply,
  NetworkEvent,
  type PeerEvent,
  type Replies,
  Reply,
  StatusReply,
} from './messages.ts'

/** How long the helper may take to answer. Milliseconds. */
const ANSWER_MS = 30_000
/** The pause before it connects again. Milliseconds. */
const RECONNECT_MS = 100

export type NetworkClientEvents = {
  /** Send pairs, addresses and health now: the helper may be another one than before. */
  onConnect(): void
  /** Called once for each loss, and if the first connect fails. */
  onDisconnect(reason: string): void
  onCarrier(event: CarrierEvent): void
  onPeer(event: PeerEvent): void
  /** What keeps this host from owning addresses, or another from taking them over. Replaces the former ones. */
  onProblems(problems: string[]): void
}

/** The helper refused a command or couldn't carry it out, or isn't there. The message is a sentence. */
export class NetworkError extends Error {
  override name = 'NetworkError'
}

type Pending = {
  resolve(reply: unknown): void
  reject(error: NetworkError): void
  timer: NodeJS.Timeout
}

/** The supervisor's connection to the network helper. Connects again by itself until it's closed. */
export class NetworkClient {
  readonly #path: string
  readonly #events: NetworkClientEvents
  readonly #pending = new Map<number, Pending>()
  #socket: Socket | null = null
  #isConnected = false
  #isClosed = false
  #hasReported = false
  #retry: NodeJS.Timeout | undefined
  #lastId = 0

  /** @param path of the helper's socket */
  constructor(path: string, events: NetworkClientEvents) {
    this.#path = path
    this.#events = events
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  open(): void {
    if (this.#isClosed || this.#socket) return
    const socket = connect(this.#path)
    this.#socket = socket
    const lines = new JsonLines()
    let reason = 'The network helper closed the connection.'
    socket.setEncoding('utf8')
    socket.on(
      'connect',
      contain('supervisor', () => {
        this.#isConnected = true
        this.#hasReported = false
        this.#events.onConnect()
      }),
    )
    socket.on(
      'data',
      contain(
        'supervisor message',
        (text: string) => {
          for (const message of lines.push(text)) this.#onMessage(message)
        },
        () => socket.destroy(),
      ),
    )
    socket.on('error', (error: NodeJS.ErrnoException) => {
      reason = `The network helper can't be reached: ${error.message}.`
    })
    socket.on(
      'close',
      contain('supervisor', () => this.#onClose(reason)),
    )
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#retry)
    this.#socket?.destroy()
    this.#rejectAll('The connection to the network helper is closed.')
  }

  pair(body: CommandBody<'pair'>) {
    return this.#send('pair', body)
  }

  unpair(body: CommandBody<'unpair'>) {
    return this.#send('unpair', body)
  }

  addresses(body: CommandBody<'addresses'>) {
    return this.#send('addresses', body)
  }

  changeAddresses(body: CommandBody<'change_addresses'>) {
    return this.#send('change_addresses', body)
  }

  handOver(body: CommandBody<'hand_over'>) {
    return this.#send('hand_over', body)
  }

  health(body: CommandBody<'health'>) {
    return this.#send('health', body)
  }

  yieldCarrier(body: CommandBody<'yield_carrier'>) {
    return this.#send('yield_carrier', body)
  }

  reclaimCarrier(body: CommandBody<'reclaim_carrier'>) {
    return this.#send('reclaim_carrier', body)
  }

  standDown(body: CommandBody<'stand_down'>) {
    return this.#send('stand_down', body)
  }

  status() {
    return this.#send('status', {})
  }

  shutDown() {
    return this.#send('shut_down', {})
  }

  /** @throws NetworkError, by rejection */
  #send<Type extends CommandType>(type: Type, body: CommandBody<Type>): Promise<Replies[Type]> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket
      if (!socket || !this.#isConnected) {
        reject(new NetworkError('The network helper is not connected.'))
        return
      }
      this.#lastId += 1
      const id = this.#lastId
      const timer = setTimeout(
        contain('deadline', () => {
          this.#pending.delete(id)
          reject(new NetworkError(`The network helper has not answered ${type} for 30 s.`))
        }),
        ANSWER_MS,
      )
      this.#pending.set(id, {
        resolve: (reply) => resolve(schemaOf(type).parse(reply) as Replies[Type]),
        reject,
        timer,
      })
      socket.write(`${JSON.stringify({ ...body, type, id })}\n`)
    })
  }

  #onMessage(message: unknown): void {
    const reply = Reply.safeParse(message)
    if (reply.success) this.#onReply(reply.data, message)
    else this.#onEvent(message)
  }

  #onReply({ id, error }: { id: number; error: string | null }, message: unknown): void {
    const pending = this.#pending.get(id)
    if (!pending) return
    this.#pending.delete(id)
    clearTimeout(pending.timer)
    if (error !== null) {
      pending.reject(new NetworkError(error))
      return
    }
    try {
      pending.resolve(message)
    } catch (fault) {
      pending.reject(new NetworkError(`The network helper's answer is invalid: ${fault}`))
    }
  }

  #onEvent(message: unknown): void {
    const parsed = NetworkEvent.safeParse(message)
    // An event that this version doesn't know.
    if (!parsed.success) return
    const event = parsed.data
    if (event.event === 'carrier') this.#events.onCarrier(event)
    else if (event.event === 'peer') this.#events.onPeer(event)
    else this.#events.onProblems(event.problems)
  }

  #onClose(reason: string): void {
    this.#socket = null
    this.#isConnected = false
    this.#rejectAll(reason)
    if (this.#isClosed) return
    this.#retry = setTimeout(
      contain('supervisor', () => this.open()),
      RECONNECT_MS,
    )
    if (this.#hasReported) return
    this.#hasReported = true
    this.#events.onDisconnect(reason)
  }

  #rejectAll(reason: string): void {
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer)
      reject(new NetworkError(reason))
    }
    this.#pending.clear()
  }
}

function schemaOf(type: CommandType) {
  if (type === 'hand_over') return HandOverReply
  return type === 'status' ? StatusReply : Reply
}
