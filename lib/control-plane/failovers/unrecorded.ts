import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'
import { isDatabaseProblem } from '../store/disk-full.ts'

const RETRY_MS = 1000
/** More are not kept while the database is away; the oldest are forgotten. */
const KEPT_MAX = 10_000

/** A write of what has happened already. */
type Recording = () => Promise<void>

/** What has happened but could not be recorded, because the database was away. It is tried again every second. */
export class Unrecorded {
  readonly #log: Logger
  #recordings: Recording[] = []
  #timer: NodeJS.Timeout | null = null
  #isStopped = false

  constructor(log: Logger) {
    this.#log = log
  }

  /**
   * Records something now, or later if the database is away. Resolves after the first attempt.
   * @throws what the write throws, if that is no problem of the database
   */
  async record(recording: Recording): Promise<void> {
    if (await this.#try(recording)) return
    this.#recordings = [...this.#recordings, recording].slice(-KEPT_MAX)
    this.#retry()
  }

  stop(): void {
    this.#isStopped = true
    if (this.#timer) clearTimeout(this.#timer)
  }

  #retry(): void {
    if (this.#isStopped || this.#timer) return
    const due = async () => {
      await this.#recordAll()
      this.#timer = null
      if (this.#recordings.length > 0) this.#retry()
    }
    const onDue = contain('failover report', () => detach('failover report', due))
    this.#timer = setTimeout(onDue, RETRY_MS).unref()
  }

  async #recordAll(): Promise<void> {
    for (const recording of this.#recordings) {
      const isRecorded = await this.#try(recording).catch((err: unknown) => {
        this.#log.error({ err }, 'what happened while the database was away could not be recorded')
        return true
      })
      if (!isRecorded) return
      this.#recordings = this.#recordings.filter((one) => one !== recording)
    }
  }

  async #try(recording: Recording): Promise<boolean> {
    try {
      await recording()
      return true
    } catch (err) {
      if (!isDatabaseProblem(err)) throw err
      return false
    }
  }
}
