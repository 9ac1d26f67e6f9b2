import { setTimeout as delay } from 'node:timers/promises'
import { contain, reportFault } from '#lib/process/faults.ts'
import { PING_INTERVAL_MS } from '#lib/protocol/stream.ts'
import { type Answer, reasonOf } from './answer.ts'

const BACKOFF_MIN_MS = 100
/** At most, so that nodes are up to date within 2 s after the control plane is back. */
const BACKOFF_MAX_MS = 1000
/** Without a message for this long, the connection counts as dead. Milliseconds. */
const SILENCE_MAX_MS = 3 * PING_INTERVAL_MS

export interface StreamFollower {
  /** Opens the stream: sends the request. */
  open(signal: AbortSignal): Promise<Answer>
  onConnected(): void
  /** A message: one line of the stream. */
  onLine(line: string): void
  /** Called once for each loss, with a reason. */
  onLost(reason: string): void
}

/** Follows an endless stream of the control plane, one message a line, and reconnects with backoff. */
export class FollowedStream {
  readonly #follower: StreamFollower
  readonly #stopped = new AbortController()
  #failures = 0

  constructor(follower: StreamFollower) {
    this.#follower = follower
  }

  /** Resolves after `stop`. */
  async run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#followOnce()
      } catch (fault) {
        reportFault(fault, 'configuration stream')
        await this.#wait(BACKOFF_MAX_MS)
      }
    }
  }

  stop(): void {
    this.#stopped.abort()
  }

  async #followOnce(): Promise<void> {
    const reason = await this.#connectOrReason()
    if (this.#stopped.signal.aborted) return
    if (this.#failures === 0) this.#follower.onLost(reason)
    await this.#backOff()
  }

  async #connectOrReason(): Promise<string> {
    try {
      return await this.#connect()
    } catch (error) {
      return reasonOf(error)
    }
  }

  /** Follows one connection to its end. @returns why it ended */
  async #connect(): Promise<string> {
    const silence = new AbortController()
    const abort = () => silence.abort(new Error('silent'))
    const onSilence = contain('configuration stream', abort, abort)
    const watch = setTimeout(onSilence, SILENCE_MAX_MS)
    try {
      const signal = AbortSignal.any([silence.signal, this.#stopped.signal])
      const answer = await this.#follower.open(signal)
      if (!answer.isOk) {
        await answer.cancel()
        return `HTTP ${answer.status}`
      }
      try {
        this.#follower.onConnected()
      } catch (fault) {
        reportFault(fault, 'configuration stream')
        await answer.cancel()
        return 'an internal error of this process'
      }
      for await (const line of lines(answer.body)) {
        watch.refresh()
        this.#failures = 0
        this.#follower.onLine(line)
      }
      return 'closed by the control plane'
    } finally {
      clearTimeout(watch)
    }
  }

  /** Exponential backoff with jitter, so that nodes do not reconnect all at once. */
  async #backOff(): Promise<void> {
    const longest = Math.min(BACKOFF_MIN_MS * 2 ** this.#failures, BACKOFF_MAX_MS)
    this.#failures += 1
    await this.#wait(longest * (0.5 + Math.random() / 2))
  }

  /** Resolves after that time, or at `stop`. */
  async #wait(ms: number): Promise<void> {
    try {
      await delay(ms, undefined, { signal: this.#stopped.signal })
    } catch {
      // Stopped.
    }
  }
}

/** The complete lines of a stream of UTF-8, without their ends. */
async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let unfinished = ''
  for await (const chunk of stream) {
    const parts = (unfinished + decoder.decode(chunk, { stream: true })).split('\n')
    unfinished = parts.pop() ?? ''
    yield* parts
  }
}
