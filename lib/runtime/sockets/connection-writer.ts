import { contain } from '#lib/process/faults.ts'
import {
  latin1,
  ShutdownWrap,
  type SocketName,
  type TcpHandle,
} from '#lib/process/node-internals/tcp-handle.ts'
import { IterationBatch } from '../scheduling/iteration-batch.ts'
import { currentMark, workUnder } from '../watchdog/work-marks.ts'
import type { ConnectionUser } from './connection-user.ts'
import { bulkBufferOf, sharedBuffer, takeBulkBuffer } from './read-buffers.ts'
import { startWrite, type Writer } from './writes.ts'

/** Writes up to this size are copied into the gathered text; larger ones are written from their memory. Bytes. */
export const SMALL_WRITE_MAX = 16 * 1024
/** Gathered text beyond this is written at once, so that a peer that does not read is noticed within the iteration. */
const UNSENT_MAX = 64 * 1024

/** The writing half of a TCP connection: gathers small writes until `flush`, and ends and closes the connection. */
export abstract class ConnectionWriter implements Writer {
  user: ConnectionUser
  /** All bytes that were added, sent or not. */
  bytesWritten = 0
  /** The mark for its events. */
  readonly mark = currentMark()
  protected readonly handle: TcpHandle
  /** Added and not yet passed to the kernel, latin1. */
  #text = ''
  #flushesSoon = false
  #closesSoon = false
  #pendingWrites = 0
  /** The peer has ended. */
  #ended = false
  /** Our end was requested; then, was sent. */
  #ending = false
  #finished = false
  #unwritable = false
  #broken = false
  #closed = false

  constructor(handle: TcpHandle, user: ConnectionUser) {
    this.handle = handle
    this.user = user
  }

  protected abstract get reading(): boolean
  /** Stops reading, and frees the memory for it. */
  protected abstract closeReader(): void

  /** Closed, or about to be. */
  get closed(): boolean {
    return this.#closed
  }

  /** Whether the peer has ended its direction. */
  get ended(): boolean {
    return this.#ended
  }

  /** Whether a write is pending in the kernel. */
  get congested(): boolean {
    return this.#pendingWrites > 0
  }

  /** The peer's name; empty if the connection is closed. */
  remote(): SocketName {
    const name: SocketName = {}
    if (!this.#closed) this.handle.getpeername(name)
    return name
  }

  local(): SocketName {
    const name: SocketName = {}
    if (!this.#closed) this.handle.getsockname(name)
    return name
  }

  /** Adds text, latin1, to the next `flush`. */
  writeText(text: string): void {
    this.bytesWritten += text.length
    this.#text += text
    if (this.#text.length > UNSENT_MAX) this.flush()
  }

  /** Adds bytes. More than `SMALL_WRITE_MAX` are sent at once, after all that was added before. The caller may reuse their memory. */
  writeBytes(bytes: Buffer): void {
    this.bytesWritten += bytes.length
    if (this.#text.length + bytes.length > SMALL_WRITE_MAX) this.flush()
    if (bytes.length > SMALL_WRITE_MAX) this.#writeLarge(bytes)
    else this.#text += latin1(bytes)
  }

  /** Sends all that was added. @returns whether the kernel has taken it; if not, `onDrain` follows */
  flush(): boolean {
    const text = this.#text
    this.#flushesSoon = false
    if (text !== '') {
      this.#text = ''
      if (!this.#unwritable && !this.#closed) {
        this.#onStarted(startWrite(this, this.handle, text))
      }
      if (this.#closesSoon) this.#closeAfterFlush()
    }
    return this.#pendingWrites === 0
  }

  /**
   * Sends all that was added once the data of this iteration has been read. A write wakes the process that reads at the other end, and
   * costs less if that process is awake already.
   * @returns as `flush`
   */
  flushSoon(): boolean {
    if (!this.#flushesSoon && this.#text !== '') {
      this.#flushesSoon = true
      flushes.add(this)
    }
    return this.#pendingWrites === 0
  }

  /** Ends our direction after all that was written. */
  end(): void {
    this.flush()
    if (this.#ending || this.#closed) return
    this.#ending = true
    // If neither direction has anything left, closing is enough.
    if (this.#unwritable || (this.#ended && this.#pendingWrites === 0)) {
      this.#onFinished(0)
      return
    }
    const request = new ShutdownWrap()
    request.oncomplete = contain(
      'connection',
      (status: number) => this.#onFinished(status),
      () => this.reset(),
    )
    const error = this.handle.shutdown(request)
    if (error !== 0) this.#onFinished(error)
  }

  /** Closes both directions once the kernel has taken all that was added, which is sent as `flushSoon` does. */
  closeSoon(): void {
    this.#closesSoon = true
    if (this.#text === '') this.#closeAfterFlush()
    else this.flushSoon()
  }

  /** Closes at once. Unsent data is lost. */
  destroy(): void {
    if (this.#closed) return
    this.#close()
    this.handle.close()
  }

  /** Closes with a reset, so that the peer does not take the data for complete. */
  reset(): void {
    if (this.#closed) return
    this.#broken = true
    this.#close()
    if (this.handle.reset() !== 0) this.handle.close()
  }

  /** @internal The call in which the connection was closed has returned. */
  onClosed(): void {
    const orderly = this.#ended && this.#finished && !this.#broken
    workUnder(this.mark, () => this.user.onClose(!orderly))
  }

  /** @internal A pending write has completed. */
  onWritten(status: number): void {
    this.#pendingWrites -= 1
    if (this.#closed) return
    if (status !== 0) this.#onUnwritable()
    else if (this.#pendingWrites === 0) workUnder(this.mark, () => this.user.onDrain())
  }

  /** The peer has ended its direction. */
  protected onPeerEnd(): void {
    this.#ended = true
    this.user.onEnd()
    if (this.#finished || this.#unwritable) this.destroy()
  }

  /** Reading failed, such as by a reset. */
  protected onReadError(): void {
    this.#broken = true
    this.destroy()
  }

  /** Data that the kernel has taken is sent even after closing; a pending write is not. */
  #closeAfterFlush(): void {
    if (this.#pendingWrites > 0) this.end()
    else this.destroy()
  }

  #writeLarge(bytes: Buffer): void {
    if (this.#unwritable || this.#closed) return
    const bulk = bulkBufferOf(bytes)
    if (bulk) {
      bulk.uses += 1
      this.#onStarted(startWrite(this, this.handle, bytes, bulk))
    } else if (bytes.buffer === sharedBuffer.buffer) {
      const copy = takeBulkBuffer()
      bytes.copy(copy.bytes)
      this.#onStarted(startWrite(this, this.handle, copy.bytes.subarray(0, bytes.length), copy))
    } else {
      this.#onStarted(startWrite(this, this.handle, bytes))
    }
  }

  #onStarted(result: 'done' | 'pending' | 'failed'): void {
    if (result === 'pending') this.#pendingWrites += 1
    else if (result === 'failed') this.#onUnwritable()
  }

  /** The peer no longer reads. Its data may still be read: a response to a request that it did not read to the end. */
  #onUnwritable(): void {
    this.#unwritable = true
    this.#broken = true
    if (this.#ended || !this.reading) this.destroy()
  }

  #onFinished(status: number): void {
    if (this.#closed) return
    this.#finished = true
    if (status !== 0) this.#broken = true
    if (this.#ended || status !== 0) this.destroy()
  }

  #close(): void {
    this.#closed = true
    this.#text = ''
    this.closeReader()
    closedCount += 1
    closings.add(this)
  }
}

const flushes = new IterationBatch<ConnectionWriter>(
  (connection) => connection.flush(),
  (connection) => connection.reset(),
)
const notifyClosed = (connection: ConnectionWriter) => connection.onClosed()
/** One batch is cheaper than a callback for each handle. After a fault `onClosed` is called again, as a user without it leaks. */
const closings = new IterationBatch<ConnectionWriter>(notifyClosed, notifyClosed)

let closedCount = 0

/** The number of connections that this process has closed so far. */
export function connectionsClosed(): number {
  return closedCount
}
