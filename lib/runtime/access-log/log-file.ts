import { type FileHandle, mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'

/** A file that would grow over this is set aside as `.1`, that as `.2`, and so on. Bytes. */
export const FILE_MAX_BYTES = 64 * 1024 * 1024
/** So many are kept beside the present one. */
export const FILES_KEPT = 4
/** Lines are on disk this long after they were made, at the latest. Milliseconds. */
export const FLUSH_MS = 500
/** So much is written at once. Bytes. */
const CHUNK_BYTES = 256 * 1024
/** Text becomes bytes this soon: left to grow, its many pieces would cost more to keep than all else. Bytes. */
const PIECE_BYTES = 8 * 1024
/** Lines left out are told of this often at most. Milliseconds. */
const WARN_INTERVAL_MS = 60_000
const NEWLINE = 10

/** Where a file is, and how large it may get. */
export type LogFileOptions = { path: string; maxBytes: number }

/** The memory for lines that are not written yet, which all files share. */
export interface LineBuffer {
  /** Asks for memory for a line. @returns false if there is none */
  reserve(file: LogFile, bytes: number): boolean
  release(bytes: number): void
  /** All lines of that file are written. */
  written(file: LogFile): void
}

/**
 * Appends lines to a file without ever making anyone wait: they are gathered, written from time to time, and left out
 * where more are waiting than the buffer has room for. A file that can't be written is tried again and again.
 */
export class LogFile {
  /** Lines that were left out. */
  dropped = 0
  readonly #options: LogFileOptions
  /** The fields that all lines share, for their end. */
  readonly #shared: string
  readonly #buffer: LineBuffer
  readonly #log: Logger
  /** Lines, ASCII: the latest as text, those before as bytes. */
  #text = ''
  #pieces: Buffer[] = []
  #waitingBytes = 0
  /** Of an earlier attempt, from where that stopped. */
  #rest: Buffer | null = null
  #writing: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #failing = false
  #checkedLastLine = false
  #warnedAt = Number.NEGATIVE_INFINITY

  constructor(place: LogFileOptions, shared: string, buffer: LineBuffer, log: Logger) {
    this.#options = place
    this.#shared = shared
    this.#buffer = buffer
    this.#log = log
  }

  /** @param line a JSON object, ASCII, without its closing brace */
  append(line: string): void {
    const whole = `${line},${this.#shared}}\n`
    if (!this.#buffer.reserve(this, whole.length)) {
      this.#drop()
      return
    }
    this.#text += whole
    this.#waitingBytes += whole.length
    if (this.#text.length >= PIECE_BYTES) this.#cutText()
    if (this.#waitingBytes >= CHUNK_BYTES && !this.#failing) this.#flushNow()
    else this.#flushLater()
  }

  /** Writes what there is. Resolves when that is on its way to the disk, or can't be. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#writing ??= this.#writeOnce()
    return this.#writing
  }

  readonly #flushNow = contain(
    'access log',
    () => detach('access log', () => this.flush()),
    () => {
      this.#timer = null
      this.#flushLater()
    },
  )

  #flushLater(): void {
    this.#timer ??= setTimeout(this.#flushNow, FLUSH_MS)
  }

  async #writeOnce(): Promise<void> {
    try {
      await this.#writeAll()
    } finally {
      this.#writing = null
      if (this.#waitingBytes > 0 || this.#rest) this.#flushLater()
    }
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#rest || this.#waitingBytes > 0) {
        this.#rest ??= this.#takeWaiting()
        await this.#write()
      }
      this.#buffer.written(this)
      this.#succeeded()
    } catch (error) {
      this.#failed(error)
    }
  }

  #cutText(): void {
    this.#pieces.push(Buffer.from(this.#text))
    this.#text = ''
  }

  #takeWaiting(): Buffer {
    this.#cutText()
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#waitingBytes = 0
    return bytes
  }

  async #write(): Promise<void> {
    const file = await this.#open(this.#rest?.length ?? 0)
    try {
      while (this.#rest) {
        const { bytesWritten } = await file.write(this.#rest)
        this.#buffer.release(bytesWritten)
        this.#rest = bytesWritten < this.#rest.length ? this.#rest.subarray(bytesWritten) : null
      }
    } finally {
      await file.close()
    }
  }

  /** Opens the file, anew each time, as somebody else may move or cut it; one that is full is set aside first. */
  async #open(bytes: number): Promise<FileHandle> {
    const { path, maxBytes } = this.#options
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'a+', 0o600)
    try {
      const { size } = await file.stat()
      if (size === 0 || size + bytes <= maxBytes) {
        if (!this.#checkedLastLine && size > 0) await endLastLine(file, size)
        this.#checkedLastLine = true
        return file
      }
      await this.#rotate()
    } catch (error) {
      await file.close()
      throw error
    }
    await file.close()
    return this.#open(bytes)
  }

  async #rotate(): Promise<void> {
    const { path } = this.#options
    for (let number = FILES_KEPT; number > 1; number -= 1) {
      await renameIfThere(`${path}.${number - 1}`, `${path}.${number}`)
    }
    await renameIfThere(path, `${path}.1`)
  }

  #drop(): void {
    this.dropped += 1
    const now = performance.now()
    if (now - this.#warnedAt < WARN_INTERVAL_MS) return
    this.#warnedAt = now
    const { path: file } = this.#options
    this.#log.warn({ file, dropped: this.dropped }, 'lines of the access log are left out')
  }

  #failed(error: unknown): void {
    if (this.#failing) return
    this.#failing = true
    this.#log.error({ err: error, file: this.#options.path }, "the access log can't be written")
  }

  #succeeded(): void {
    if (!this.#failing) return
    this.#failing = false
    const { path: file } = this.#options
    this.#log.info({ file, dropped: this.dropped }, 'the access log can be written again')
  }
}

/** A process before this one may have ended in the middle of a line. */
async function endLastLine(file: FileHandle, size: number): Promise<void> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  if (buffer[0] !== NEWLINE) await file.write('\n')
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
