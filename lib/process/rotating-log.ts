import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** A log is renamed to `.1` before it exceeds this size, `.1` to `.2`, and so on. Bytes. */
export const LOG_MAX_BYTES = 10 * 1024 * 1024
/** Rotated logs that are kept. */
export const LOGS_KEPT = 4

/**
 * A rotating log file. Several processes may write it: each checks at every line whether another has renamed it. Lines are lost
 * if the disk is full or the file can't be written. Never throws.
 */
export class RotatingLog {
  readonly #path: string
  readonly #maxBytes: number
  #open: { handle: number; inode: number } | null = null

  constructor(path: string, maxBytes = LOG_MAX_BYTES) {
    this.#path = path
    this.#maxBytes = maxBytes
  }

  /** @param text whole lines */
  write(text: string): void {
    try {
      const there = this.#stat()
      const isFull =
        there && there.size > 0 && there.size + Buffer.byteLength(text) > this.#maxBytes
      if (isFull) this.#rotate()
      writeSync(this.#handleOf(isFull ? undefined : there), text)
    } catch {
      // There is nowhere left to report it.
    }
  }

  close(): void {
    if (this.#open) closeSync(this.#open.handle)
    this.#open = null
  }

  #stat(): Stats | undefined {
    return statSync(this.#path, { throwIfNoEntry: false })
  }

  #handleOf(there: Stats | undefined): number {
    if (this.#open && this.#open.inode === there?.ino) return this.#open.handle
    this.close()
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    const handle = openSync(this.#path, 'a', 0o600)
    this.#open = { handle, inode: fstatSync(handle).ino }
    return handle
  }

  #rotate(): void {
    for (let number = LOGS_KEPT; number > 1; number -= 1) {
      renameIfThere(`${this.#path}.${number - 1}`, `${this.#path}.${number}`)
    }
    renameIfThere(this.#path, `${this.#path}.1`)
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
