import { join } from 'node:path'
import type { Logger } from 'pino'
import { jsonName } from './json-text.ts'
import { FILE_MAX_BYTES, type LineBuffer, LogFile } from './log-file.ts'

/** Limit of unwritten lines of all load balancers together. Bytes. */
const UNWRITTEN_MAX_BYTES = 16 * 1024 * 1024

export type AccessLogSettings = {
  /** Has a subdirectory for each load balancer. */
  directory: string
  node: string
  /** The number of this worker process, from 1. Each has its own files. */
  worker: number
  unwrittenMaxBytes?: number
  fileMaxBytes?: number
}

/** The access logs of all load balancers of this process: `<directory>/LB_ID/NODE.log`, and `NODE-2.log` of a second worker. */
export class AccessLogs implements LineBuffer {
  readonly #settings: Required<AccessLogSettings>
  readonly #log: Logger
  /** Files with unwritten lines. */
  readonly #unwritten = new Set<LogFile>()
  #unwrittenBytes = 0

  constructor(settings: AccessLogSettings, log: Logger) {
    const limits = { unwrittenMaxBytes: UNWRITTEN_MAX_BYTES, fileMaxBytes: FILE_MAX_BYTES }
    this.#settings = { ...limits, ...settings }
    this.#log = log
  }

  /** The file of a load balancer. It is created with its first line. */
  fileOf(lbId: string): LogFile {
    const { directory, node, worker, fileMaxBytes: maxBytes } = this.#settings
    const name = worker === 1 ? node : `${node}-${worker}`
    // Encoded, no identifier from the control plane can name a path outside the directory.
    const subdirectory = encodeURIComponent(lbId).replaceAll('.', '%2E')
    const path = join(directory, subdirectory, `${name}.log`)
    const shared = `"lb_id":${jsonName(lbId)},"node":${jsonName(node)}`
    return new LogFile({ path, maxBytes }, shared, this, this.#log)
  }

  reserve(file: LogFile, bytes: number): boolean {
    if (this.#unwrittenBytes + bytes > this.#settings.unwrittenMaxBytes) return false
    this.#unwrittenBytes += bytes
    this.#unwritten.add(file)
    return true
  }

  release(bytes: number): void {
    this.#unwrittenBytes -= bytes
  }

  written(file: LogFile): void {
    this.#unwritten.delete(file)
  }

  /** Resolves when all lines are written, or writing has failed. */
  async settled(): Promise<void> {
    await Promise.all([...this.#unwritten].map((file) => file.flush()))
  }
}
