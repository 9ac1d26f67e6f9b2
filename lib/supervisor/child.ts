import type { BoundSocket } from '#lib/process/bind-socket.ts'
import { contain } from '#lib/process/faults.ts'
import type { ExitStatus, ProcessEvents, RunningProcess } from './running-process.ts'
import { type ChildSpec, spawnProcess } from './spawned-process.ts'

/** How a process ended. */
export type ChildEnd = {
  /** It never said that it was ready. */
  fatal: boolean
  /** Nobody asked it to end, so it is started again. */
  unasked: boolean
  /** It was killed because it was not ready in time. */
  late: boolean
  pid: number | undefined
  status: ExitStatus
  /** What it said last, or how it ended. */
  words: string
}

const BACKOFF_MIN_MS = 100
const BACKOFF_MAX_MS = 5000
/** A process that lived this long had started well: the next failure is a new one. */
const STEADY_MS = 10_000
/** Delay before asking again whether a late process may be killed. Milliseconds. */
const LATE_RETRY_MS = 1000

/**
 * One child process that is started again when it ends, at once the first time and then ever more slowly, until it is
 * stopped.
 */
export class Child<Message extends { type: string }> {
  readonly name: string
  /** A message of the running process. */
  onMessage: (message: Message, socket?: BoundSocket) => void = () => {}
  /** `onMessage` threw. */
  onFault: (message: Message, socket?: BoundSocket) => void = () => {}
  /** The process has ended. */
  onExit: (end: ChildEnd) => void = () => {}

  readonly #spec: ChildSpec
  readonly #dataDir: string
  #process: RunningProcess | null = null
  #wasReady = false
  #stopping: (() => void) | null = null
  #failures = 0
  #restart: NodeJS.Timeout | null = null
  #starting: NodeJS.Timeout | undefined
  /** Why the running process was ended, where it was this that ended it. */
  #late: string | null = null

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

  /** Goes on with a process that runs already, in place of starting one. */
  adopt(take: (events: ProcessEvents) => RunningProcess): void {
    this.#wasReady = true
    this.#run(take)
  }

  /** Sends a message, with a socket where one belongs to it. A process that is gone misses it. */
  send(message: object, socket?: BoundSocket): void {
    this.#process?.send(message, socket)
  }

  /** Ends the running process at once; it is then started again. */
  kill(): void {
    this.#process?.kill()
  }

  /** Asks the process to end, and makes it end after `graceMs`. Resolves when it has. */
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

  /** A process that hangs before it is ready is ended, and then started again. */
  #limitStart(): void {
    const { startMsMax, mayEndLate } = this.#spec
    if (startMsMax === undefined) return
    const end = () => {
      if (mayEndLate?.() === false) {
        this.#starting = setTimeout(onLate, LATE_RETRY_MS)
        return
      }
      this.#late = `${this.name} was not ready within ${startMsMax / 1000} s`
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
      onEnd: (words, status) => this.#ended(words, status, startedAt),
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

  #ended(words: string, status: ExitStatus, startedAt: number): void {
    const pid = this.#process?.pid
    this.#process = null
    clearTimeout(this.#starting)
    const late = this.#late
    this.#late = null
    const end = {
      fatal: !this.#wasReady,
      unasked: this.#stopping === null,
      late: late !== null,
      pid,
      status,
      words: late ?? words,
    }
    // If `onExit` throws it is called once more. The process is restarted in any case.
    const tell = () => this.onExit(end)
    contain('supervisor', tell, tell)()
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
