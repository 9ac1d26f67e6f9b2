import type { BoundSocket } from '#lib/process/bind-socket.ts'
import { contain } from '#lib/process/faults.ts'
import type { ExitStatus, ProcessEvents, RunningProcess } from './running-process.ts'
import { type ChildSpec, spawnProcess } from './spawned-process.ts'

/** How a process ended. */
export type ChildExit = {
  /** It was never ready. */
  beforeReady: boolean
  /** It was not asked to stop, so it is restarted. */
  unexpected: boolean
  /** It was killed because it was not ready in time. */
  timedOut: boolean
  pid: number | undefined
  status: ExitStatus
  /** The end of its standard error, or its exit code or signal. */
  message: string
}

const BACKOFF_MIN_MS = 100
const BACKOFF_MAX_MS = 5000
/** After running for this long, the backoff is reset. Milliseconds. */
const STEADY_MS = 10_000
/** How often a process that is not ready in time is checked again, if it may not be killed yet. Milliseconds. */
const LATE_RETRY_MS = 1000

/** A child process that is restarted when it ends: at once the first time, then with exponential backoff. */
export class Child<Message extends { type: string }> {
  readonly name: string
  /** The running process sent a message. */
  onMessage: (message: Message, socket?: BoundSocket) => void = () => {}
  /** `onMessage` threw. */
  onFault: (message: Message, socket?: BoundSocket) => void = () => {}
  /** The process has ended. */
  onExit: (end: ChildExit) => void = () => {}

  readonly #spec: ChildSpec
  readonly #dataDir: string
  #process: RunningProcess | null = null
  #wasReady = false
  #stopping: (() => void) | null = null
  #failures = 0
  #restart: NodeJS.Timeout | null = null
  #starting: NodeJS.Timeout | undefined
  /** Set if the running process was killed because it was not ready in time: the error message. */
  #timeoutMessage: string | null = null

  constructor(spec: ChildSpec, dataDir: string) {
    this.name = spec.name
    this.#spec = spec
    this.#dataDir = dataDir
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  start(): void {
    this.#run((events) => spawnProcess(this.#spec, this.#dataDir, events))
    this.#limitStart()
  }

  /** Supervises a process that an earlier supervisor started. */
  adopt(take: (events: ProcessEvents) => RunningProcess): void {
    this.#wasReady = true
    this.#run(take)
  }

  /** Sends a message, optionally with a socket. It is lost if the process has ended. */
  send(message: object, socket?: BoundSocket): void {
    this.#process?.send(message, socket)
  }

  /** Kills the running process, which is then restarted. */
  kill(): void {
    this.#process?.kill()
  }

  /** Asks the process to stop, and kills it after `graceMs` milliseconds. Resolves when it has ended. */
  async stop(graceMs: number): Promise<void> {
    const { promise: stopped, resolve } = Promise.withResolvers<void>()
    this.#stopping = resolve
    if (this.#restart) clearTimeout(this.#restart)
    if (!this.#process) return
    this.send({ type: 'stop' })
    const kill = () => this.kill()
    const onLate = contain('supervisor', kill, kill)
    const timer = setTimeout(onLate, graceMs)
    await stopped
    clearTimeout(timer)
  }

  /** Kills a process that is not ready within `startMsMax`. */
  #limitStart(): void {
    const { startMsMax, mayKillLate } = this.#spec
    if (startMsMax === undefined) return
    const end = () => {
      if (mayKillLate?.() === false) {
        this.#starting = setTimeout(onLate, LATE_RETRY_MS)
        return
      }
      this.#timeoutMessage = `${this.name} was not ready within ${startMsMax / 1000} s`
      this.kill()
    }
    const onLate = contain('supervisor', end, end)
    this.#starting = setTimeout(onLate, startMsMax)
  }

  #onReady(): void {
    clearTimeout(this.#starting)
    this.#wasReady = true
  }

  #run(begin: (events: ProcessEvents) => RunningProcess): void {
    const startedAt = performance.now()
    this.#process = begin({
      onMessage: contain(
        'supervisor',
        (message: { type: string }, socket?: BoundSocket) => {
          if (message.type === 'ready') this.#onReady()
          this.onMessage(message as Message, socket)
        },
        (_fault, message, socket) => this.onFault(message as Message, socket),
      ),
      onEnd: (message, status) => this.#ended(message, status, startedAt),
    })
  }

  /** If spawning fails, for lack of memory or descriptors, it is retried. */
  #startIn(delay: number): void {
    const again = contain(
      'supervisor',
      () => this.start(),
      () => this.#startIn(BACKOFF_MAX_MS),
    )
    this.#restart = setTimeout(again, delay)
  }

  #ended(message: string, status: ExitStatus, startedAt: number): void {
    const pid = this.#process?.pid
    this.#process = null
    clearTimeout(this.#starting)
    const timeoutMessage = this.#timeoutMessage
    this.#timeoutMessage = null
    const end = {
      beforeReady: !this.#wasReady,
      unexpected: this.#stopping === null,
      timedOut: timeoutMessage !== null,
      pid,
      status,
      message: timeoutMessage ?? message,
    }
    // If `onExit` throws it is called once more. The process is restarted in any case.
    const report = () => this.onExit(end)
    contain('supervisor', report, report)()
    if (this.#stopping) {
      this.#stopping()
      return
    }
    this.#failures = performance.now() - startedAt > STEADY_MS ? 0 : this.#failures + 1
    const delay =
      this.#failures < 2 ? 0 : Math.min(BACKOFF_MIN_MS * 2 ** this.#failures, BACKOFF_MAX_MS)
    this.#startIn(delay)
  }
}
