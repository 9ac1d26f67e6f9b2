import { type FileHandle, mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'

/** A file that would exceed this is rotated to `.1`, that to `.2`, and so on. Bytes. */
export const FILE_MAX_BYTES = 64 * 1024 * 1024
/** Rotated files that are kept. */
export const FILES_KEPT = 4
/** The longest time until a line is written. Milliseconds. */
export const FLUSH_MS = 500
/** This many unwritten bytes are written at once. */
const CHUNK_BYTES = 256 * 1024
/** Text is converted to bytes at this size, because long ropes of strings are costly to keep. Bytes. */
const PIECE_BYTES = 8 * 1024
/** The shortest interval of warnings about dropped lines. Milliseconds. */
const WARN_INTERVAL_MS = 60_000
const NEWLINE = 10

export type LogFileOptions = { path: string; maxBytes: number }

/** The memory for unwritten lines, which all files share. */
export interface LineBuffer {
  /** Reserves memory for a line. @returns false if there is none */
  reserve(file: LogFile, bytes: number): boolean
  release(bytes: number): void
  /** All lines of a file are written. */
  written(file: LogFile): void
}

/**
 * Appends lines to a file without blocking: it gathers lines, writes them periodically, and drops them if the buffer is full. It retries
 * if the file can't be written.
 */
export class LogFile {
  /** Dropped lines. */
  dropped = 0
  readonly #options: LogFileOptions
  /** The last fields of each line, which all lines share. */
  readonly #shared: string
  readonly #buffer: LineBuffer
  readonly #log: Logger
  /** Unwritten lines, ASCII: the latest as text, earlier ones as bytes. */
  #text = ''
  #pieces: Buffer[] = []
  #unwrittenBytes = 0
  /** The unwritten rest of a failed write. */
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
    this.#unwrittenBytes += whole.length
    if (this.#text.length >= PIECE_BYTES) this.#cutText()
    if (this.#unwrittenBytes >= CHUNK_BYTES && !this.#failing) this.#flushNow()
    else this.#flushLater()
  }

  /** Writes all lines. Resolves when the system has them, or writing has failed. */
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
      if (this.#unwrittenBytes > 0 || this.#rest) this.#flushLater()
    }
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#rest || this.#unwrittenBytes > 0) {
        this.#rest ??= this.#takeUnwritten()
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

  #takeUnwritten(): Buffer {
    this.#cutText()
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#unwrittenBytes = 0
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

  /** Opens the file, each time anew, as other programs may move or truncate it. Rotates a full file first. */
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
    this.#log.warn({ file, dropped: this.dropped }, 'access log lines are dropped')
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

/** A former process may have ended in the middle of a line. */
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
