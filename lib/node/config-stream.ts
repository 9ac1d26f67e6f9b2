import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import * as z from 'zod'
import { contain, reportFault } from '#lib/process/faults.ts'
import { VERSION } from '#lib/process/version.ts'
import type { NodeSettings } from '#lib/protocol/settings/node-settings.ts'
import {
  ConfigMessage,
  configPath,
  type FollowRequest,
  PING_INTERVAL_MS,
} from '#lib/protocol/stream.ts'

const BACKOFF_MIN_MS = 100
/** At most, so that nodes are up to date within 2 s after the control plane is back. */
const BACKOFF_MAX_MS = 1000
/** Without a message for this long, the connection counts as dead. Milliseconds. */
const SILENCE_MAX_MS = 3 * PING_INTERVAL_MS

export interface ConfigFollower {
  known(): FollowRequest['known']
  onConnected(): void
  onMessage(message: ConfigMessage): void
  /** A configuration arrived that this version can't read. @param fault why */
  onUnreadable(lbId: string, generation: number, fault: unknown): void
}

/** The part of an unreadable message that identifies its configuration. */
const UnreadableApply = z.object({
  type: z.literal('apply'),
  config: z.object({ lb_id: z.string(), generation: z.int() }),
})

/** Follows the control plane's stream of changes, and reconnects with backoff. */
export class ConfigStream {
  readonly #settings: NodeSettings
  readonly #follower: ConfigFollower
  readonly #log: Logger
  readonly #stopped = new AbortController()
  #failures = 0

  constructor(settings: NodeSettings, follower: ConfigFollower, log: Logger) {
    this.#settings = settings
    this.#follower = follower
    this.#log = log
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
    if (this.#failures === 0) this.#log.warn({ reason }, 'lost the control plane')
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
      const response = await this.#open(AbortSignal.any([silence.signal, this.#stopped.signal]))
      if (!response.ok || !response.body) return `HTTP ${response.status}`
      this.#log.info('connected to the control plane')
      try {
        this.#follower.onConnected()
      } catch (fault) {
        reportFault(fault, 'configuration stream')
        return 'an internal error of this node'
      }
      for await (const line of lines(response.body)) {
        watch.refresh()
        this.#failures = 0
        this.#take(line)
      }
      return 'closed by the control plane'
    } finally {
      clearTimeout(watch)
    }
  }

  #open(signal: AbortSignal): Promise<Response> {
    const { apiUrl, worker, workers, credential } = this.#settings
    const request: FollowRequest = { known: this.#follower.known(), workers, version: VERSION }
    return fetch(new URL(configPath(worker), apiUrl), {
      method: 'POST',
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal,
    })
  }

  /** A message that can't be read or carried out must not stop the others. */
  #take(line: string): void {
    const take = contain(
      'configuration',
      () => this.#follower.onMessage(readMessage(line)),
      (fault) => {
        const { config } = unreadableApply(line) ?? {}
        if (config) this.#follower.onUnreadable(config.lb_id, config.generation, fault)
      },
    )
    take()
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

/** @throws Error in one line if this version does not know the message */
function readMessage(line: string): ConfigMessage {
  const { success, data, error } = ConfigMessage.safeParse(JSON.parse(line))
  if (success) return data
  const [issue] = error.issues
  throw new Error(`this version can't read ${issue?.path.join('.')}: ${issue?.message}`)
}

/** The load balancer and generation of an unreadable `apply` message; null for other messages. */
function unreadableApply(line: string): z.infer<typeof UnreadableApply> | null {
  try {
    return UnreadableApply.parse(JSON.parse(line))
  } catch {
    return null
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || cause.name : String(cause)
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
