import { join } from 'node:path'
import type { Logger } from 'pino'
import { jsonName } from './json-text.ts'
import { FILE_MAX_BYTES, type LineBuffer, LogFile } from './log-file.ts'

/** Of all load balancers together, so much may wait to be written. Bytes. */
const HELD_MAX_BYTES = 16 * 1024 * 1024

/** Where the access logs are, who writes them, and how much of them may be in memory and in one file. */
export type AccessLogSettings = {
  /** A directory for each load balancer is made in it. */
  directory: string
  node: string
  /** Which of the node's worker processes writes, from 1: each has its own files. */
  worker: number
  heldMaxBytes?: number
  fileMaxBytes?: number
}

/** The access logs of all load balancers of this process: `<directory>/LB_ID/NODE.log`, and `NODE-2.log` of a second worker. */
export class AccessLogs implements LineBuffer {
  readonly #settings: Required<AccessLogSettings>
  readonly #log: Logger
  /** Files with lines that are not written yet. */
  readonly #unwritten = new Set<LogFile>()
  #held = 0

  constructor(settings: AccessLogSettings, log: Logger) {
    const limits = { heldMaxBytes: HELD_MAX_BYTES, fileMaxBytes: FILE_MAX_BYTES }
    this.#settings = { ...limits, ...settings }
    this.#log = log
  }

  /** A load balancer's. Nothing is on disk before its first line. */
  fileOf(lbId: string): LogFile {
    const { directory, node, worker, fileMaxBytes: maxBytes } = this.#settings
    const name = worker === 1 ? node : `${node}-${worker}`
    // Identifiers come from the control plane; encoded, none of them can name a place elsewhere.
    const place = encodeURIComponent(lbId).replaceAll('.', '%2E')
    const path = join(directory, place, `${name}.log`)
    const shared = `"lb_id":${jsonName(lbId)},"node":${jsonName(node)}`
    return new LogFile({ path, maxBytes }, shared, this, this.#log)
  }

  reserve(file: LogFile, bytes: number): boolean {
    if (this.#held + bytes > this.#settings.heldMaxBytes) return false
    this.#held += bytes
    this.#unwritten.add(file)
    return true
  }

  release(bytes: number): void {
    this.#held -= bytes
  }

  written(file: LogFile): void {
    this.#unwritten.delete(file)
  }

  /** Resolves when every line is written, or can't be. */
  async settled(): Promise<void> {
    await Promise.all([...this.#unwritten].map((file) => file.flush()))
  }
}
