import type { Logger } from 'pino'
import * as z from 'zod'
import { contain } from '#lib/process/faults.ts'
import { VERSION } from '#lib/process/version.ts'
import { ConfigMessage, configPath, type FollowRequest } from '#lib/protocol/stream.ts'
import type { Answer } from './transport/answer.ts'
import { type ControlPlaneAccess, postToControlPlane } from './transport/control-plane.ts'
import { FollowedStream, type StreamFollower } from './transport/followed-stream.ts'

export interface ConfigFollower {
  /** What the node has, when the stream is about to be opened. */
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

/** Which worker of its node a process is, from 1, and how many there are. */
export type WorkerNumber = { worker: number; workers: number }

/** Follows one control plane's stream of changes. */
export class ConfigStream implements StreamFollower {
  readonly #access: ControlPlaneAccess
  readonly #worker: WorkerNumber
  readonly #follower: ConfigFollower
  readonly #log: Logger
  readonly #stream = new FollowedStream(this)

  constructor(
    access: ControlPlaneAccess,
    worker: WorkerNumber,
    follower: ConfigFollower,
    log: Logger,
  ) {
    this.#access = access
    this.#worker = worker
    this.#follower = follower
    this.#log = log
  }

  /** Resolves after `stop`. */
  run(): Promise<void> {
    return this.#stream.run()
  }

  stop(): void {
    this.#stream.stop()
  }

  open(signal: AbortSignal): Promise<Answer> {
    const { worker, workers } = this.#worker
    const request: FollowRequest = { known: this.#follower.known(), workers, version: VERSION }
    return postToControlPlane(this.#access, configPath(worker), JSON.stringify(request), signal)
  }

  onConnected(): void {
    this.#log.info('connected to the control plane')
    this.#follower.onConnected()
  }

  onLost(reason: string): void {
    this.#log.warn({ reason }, 'lost the control plane')
  }

  /** A message that can't be read or carried out must not stop the others. */
  onLine(line: string): void {
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
}

/** @throws Error with a one-line message if this version does not know the message */
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
