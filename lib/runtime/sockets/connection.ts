import { contain, reportFault } from '#lib/process/faults.ts'
import {
  bytesRead,
  END_OF_FILE,
  latin1,
  ShutdownWrap,
  type SocketName,
  type TcpHandle,
} from '#lib/process/node-internals/tcp-handle.ts'
import type { Bandwidth, Reader } from '../limits/bandwidth.ts'
import { IterationBatch } from '../scheduling/iteration-batch.ts'
import { loopBudget, SLICE_MS } from '../scheduling/loop-budget.ts'
import { runQueue, type Task } from '../scheduling/run-queue.ts'
import { currentMark, enter, leave, workUnder } from '../watchdog/work-marks.ts'
import {
  type BulkBuffer,
  beginReading,
  bulkBufferOf,
  endReading,
  releaseBulkBuffer,
  sharedBuffer,
  takeBulkBuffer,
} from './read-buffers.ts'
import { startWrite } from './writes.ts'

/** Who uses a connection, and is told what happens on it. */
export interface ConnectionUser {
  /** Bytes came. They are there during the call only: who keeps them copies them. */
  onData(bytes: Buffer): void
  /** The other side sends nothing more; it may still read. */
  onEnd(): void
  /** The kernel has taken all that was written. */
  onDrain(): void
  /** It is closed, told once and never from inside a call; `broken`: not by both sides' orderly end. */
  onClose(broken: boolean): void
}

/** Up to here bytes are written as a copy, which the kernel may take when it likes. */
export const SMALL_WRITE_MAX = 16 * 1024
/** Text beyond this is written at once, so that a peer that does not read is noticed within the iteration. */
const UNSENT_MAX = 64 * 1024
/** The most that is charged for one read: a longer time is probably one in which the process was not scheduled. */
const YIELD_DEBT_MS_MAX = 4 * SLICE_MS

/**
 * One TCP connection, on the bare handle. Both directions end by themselves; small writes are gathered until `flush`.
 * Reading begins with `resume`.
 */
export class Connection implements Reader, Task {
  user: ConnectionUser
  /** All that was added, sent or not. */
  bytesWritten = 0
  /** The mark for its events. */
  readonly mark = currentMark()
  readonly #handle: TcpHandle
  readonly #bandwidth: Bandwidth | null
  #text = ''
  #flushesSoon = false
  #closesSoon = false
  #pendingWrites = 0
  #reading = false
  /** The number of reasons not to read now, whatever its user wants. */
  #suspensions = 0
  /** Data read in an iteration whose time was used up. */
  #deferred: Buffer | null = null
  #queued = false
  /** The other side has ended. */
  #ended = false
  /** Our end has been asked for, and has been sent. */
  #ending = false
  #finished = false
  #unwritable = false
  #broken = false
  #closed = false
  #bulk: BulkBuffer | null = null
  #remoteAddress: string | null = null
  #remotePort = 0

  /** @param bandwidth that it shares with others */
  constructor(handle: TcpHandle, user: ConnectionUser, bandwidth: Bandwidth | null = null) {
    this.#handle = handle
    this.#bandwidth = bandwidth
    this.user = user
    handle.owner = this
    handle.onread = onRead
    // biome-ignore lint/correctness/useHookAtTopLevel: no hook of React's.
    handle.useUserBuffer(sharedBuffer)
  }

  /** Closed, or about to be. */
  get closed(): boolean {
    return this.#closed
  }

  /** Whether the other side has ended. */
  get ended(): boolean {
    return this.#ended
  }

  /** Whether reading is stopped. */
  get paused(): boolean {
    return !this.#reading
  }

  /** Whether reading is suspended, so that data and a FIN from the peer go unnoticed. */
  get suspended(): boolean {
    return this.#suspensions > 0
  }

  /** Whether data that was read waits for the next iteration. */
  get deferred(): boolean {
    return this.#deferred !== null
  }

  /** Whether the kernel has not taken everything yet. */
  get congested(): boolean {
    return this.#pendingWrites > 0
  }

  /** The other end's address; empty where the connection is gone already. */
  get remoteAddress(): string {
    this.#remoteAddress ??= this.#readRemoteName()
    return this.#remoteAddress
  }

  /** The other end's port; 0 where the connection is gone already. */
  get remotePort(): number {
    this.#remoteAddress ??= this.#readRemoteName()
    return this.#remotePort
  }

  remote(): SocketName {
    const name: SocketName = {}
    if (!this.#closed) this.#handle.getpeername(name)
    return name
  }

  local(): SocketName {
    const name: SocketName = {}
    if (!this.#closed) this.#handle.getsockname(name)
    return name
  }

  resume(): void {
    if (this.#reading || this.#closed || this.#ended) return
    this.#reading = true
    if (this.#deferred) this.#enqueue()
    if (this.#suspensions === 0) this.#handle.readStart()
  }

  pause(): void {
    if (!this.#reading || this.#closed) return
    this.#reading = false
    this.#handle.readStop()
  }

  suspend(): void {
    this.#suspensions += 1
    if (!this.#closed) this.#handle.readStop()
  }

  release(): void {
    this.#suspensions -= 1
    if (this.#reading && this.#suspensions === 0) this.#handle.readStart()
  }

  /** Adds text, latin1, to what the next `flush` sends. */
  text(text: string): void {
    this.bytesWritten += text.length
    this.#text += text
    if (this.#text.length > UNSENT_MAX) this.flush()
  }

  /** Adds bytes. Many are sent at once, after what was added before; the caller may use their memory again. */
  bytes(bytes: Buffer): void {
    this.bytesWritten += bytes.length
    if (this.#text.length + bytes.length > SMALL_WRITE_MAX) this.flush()
    if (bytes.length > SMALL_WRITE_MAX) this.#writeBytes(bytes)
    else this.#text += latin1(bytes)
  }

  /** Sends what was added. @returns whether the kernel has taken all of it; if not, `onDrain` says when */
  flush(): boolean {
    const text = this.#text
    this.#flushesSoon = false
    if (text !== '') {
      this.#text = ''
      if (!this.#unwritable && !this.#closed) {
        this.#wrote(startWrite(this, this.#handle, text))
      }
      if (this.#closesSoon) this.#closeAfterFlush()
    }
    return this.#pendingWrites === 0
  }

  /**
   * Sends what was added once everything that came in this turn of the event loop has been read: a write wakes who
   * reads at the other end, and costs less when that one is awake already.
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
    // Where nothing is left either way, closing says it all.
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
    const error = this.#handle.shutdown(request)
    if (error !== 0) this.#onFinished(error)
  }

  /** Ends both directions once the kernel has what was added, sent as `flushSoon` does. */
  closeSoon(): void {
    this.#closesSoon = true
    if (this.#text === '') this.#closeAfterFlush()
    else this.flushSoon()
  }

  /** Closes at once; what was not sent is lost. */
  destroy(): void {
    if (this.#closed) return
    this.#close()
    this.#handle.close()
  }

  /** Closes by a reset, so that the other side does not take it for complete. */
  reset(): void {
    if (this.#closed) return
    this.#broken = true
    this.#close()
    if (this.#handle.reset() !== 0) this.#handle.close()
  }

  /** @internal Called by the handle; answers what the next bytes are to be read into, if that changes. */
  onRead(size: number): Buffer | undefined {
    if (size <= 0) {
      if (size < 0) this.#onReadEnd(size)
      return undefined
    }
    const bulk = this.#bulk
    const bytes = (bulk?.bytes ?? sharedBuffer).subarray(0, size)
    if (loopBudget.iterationSpent) {
      this.#defer(Buffer.from(bytes))
      return undefined
    }
    loopBudget.begin(this)
    const outerMark = enter(this.mark)
    const outer = beginReading(bulk)
    try {
      this.user.onData(bytes)
    } finally {
      endReading(outer)
      leave(outerMark)
    }
    const elapsedMs = loopBudget.elapsed()
    if (elapsedMs > SLICE_MS) this.#yield(elapsedMs)
    if (this.#bandwidth?.limited && !this.#closed) this.#bandwidth.consumed(this, size)
    return bulk ? this.#afterBulk(bulk, size) : this.#afterShared(size)
  }

  /** @internal Called by the run queue. */
  run(): void {
    workUnder(this.mark, () => this.#runQueued())
  }

  #runQueued(): void {
    this.#queued = false
    const bytes = this.#deferred
    // While its user has paused it, it delivers nothing; it is queued again when resumed.
    if (this.#closed || (bytes && !this.#reading)) return
    this.#deferred = null
    this.release()
    if (!bytes) return
    this.user.onData(bytes)
    if (this.#bandwidth?.limited && !this.#closed) this.#bandwidth.consumed(this, bytes.length)
  }

  /** @internal */
  onFault(): void {
    this.reset()
  }

  /** @internal The call in which it was closed is over. */
  onClosed(): void {
    const orderly = this.#ended && this.#finished && !this.#broken
    workUnder(this.mark, () => this.user.onClose(!orderly))
  }

  /** @internal A write that was under way is over. */
  onWritten(status: number): void {
    this.#pendingWrites -= 1
    if (this.#closed) return
    if (status !== 0) this.#onUnwritable()
    else if (this.#pendingWrites === 0) workUnder(this.mark, () => this.user.onDrain())
  }

  #readRemoteName(): string {
    const { address = '', port = 0 } = this.remote()
    this.#remotePort = port
    return address
  }

  #afterShared(size: number): Buffer | undefined {
    if (size < sharedBuffer.length || this.#closed) return undefined
    this.#bulk = takeBulkBuffer()
    return this.#bulk.bytes
  }

  /** Back to the shared buffer when its bytes wait to be written, or when there is little to read. */
  #afterBulk(bulk: BulkBuffer, size: number): Buffer | undefined {
    if (this.#bulk !== bulk || (bulk.uses === 1 && size > SMALL_WRITE_MAX)) return undefined
    this.#bulk = null
    releaseBulkBuffer(bulk)
    return sharedBuffer
  }

  /** Keeps the data for the next iteration, and pauses reading until then. */
  #defer(bytes: Buffer): void {
    this.#deferred = bytes
    this.suspend()
    this.#enqueue()
  }

  #enqueue(): void {
    if (this.#queued) return
    this.#queued = true
    runQueue.addArrived(this)
  }

  /** Pauses reading until the run queue resumes it. */
  #yield(elapsedMs: number): void {
    if (this.#closed) return
    this.suspend()
    this.#queued = true
    runQueue.addContinued(this, Math.min(elapsedMs, YIELD_DEBT_MS_MAX))
  }

  #onReadEnd(code: number): void {
    this.#reading = false
    if (code !== END_OF_FILE) {
      this.#broken = true
      this.destroy()
      return
    }
    this.#ended = true
    this.user.onEnd()
    if (this.#finished || this.#unwritable) this.destroy()
  }

  /** What the kernel has it sends all the same; what it has not taken yet must not be lost. */
  #closeAfterFlush(): void {
    if (this.#pendingWrites > 0) this.end()
    else this.destroy()
  }

  #writeBytes(bytes: Buffer): void {
    if (this.#unwritable || this.#closed) return
    const bulk = bulkBufferOf(bytes)
    if (bulk) {
      bulk.uses += 1
      this.#wrote(startWrite(this, this.#handle, bytes, bulk))
    } else if (bytes.buffer === sharedBuffer.buffer) {
      const copy = takeBulkBuffer()
      bytes.copy(copy.bytes)
      this.#wrote(startWrite(this, this.#handle, copy.bytes.subarray(0, bytes.length), copy))
    } else {
      this.#wrote(startWrite(this, this.#handle, bytes))
    }
  }

  #wrote(result: 'done' | 'pending' | 'failed'): void {
    if (result === 'pending') this.#pendingWrites += 1
    else if (result === 'failed') this.#onUnwritable()
  }

  /** The other side reads no more. What it has sent may still be worth reading: an answer to what it did not wait for. */
  #onUnwritable(): void {
    this.#unwritable = true
    this.#broken = true
    if (this.#ended || !this.#reading) this.destroy()
  }

  #onFinished(status: number): void {
    if (this.#closed) return
    this.#finished = true
    if (status !== 0) this.#broken = true
    if (this.#ended || status !== 0) this.destroy()
  }

  #close(): void {
    this.#closed = true
    this.#reading = false
    this.#text = ''
    this.#handle.readStop()
    this.#deferred = null
    if (this.#suspensions > 0) this.#bandwidth?.remove(this)
    if (this.#bulk) releaseBulkBuffer(this.#bulk)
    this.#bulk = null
    closedCount += 1
    closings.add(this)
  }
}

const flushes = new IterationBatch<Connection>(
  (connection) => connection.flush(),
  (connection) => connection.reset(),
)
const notifyClosed = (connection: Connection) => connection.onClosed()
/** Cheaper than a callback for each handle. After a fault it is called once more: a user that misses it would leak its place. */
const closings = new IterationBatch<Connection>(notifyClosed, notifyClosed)

let closedCount = 0

/** How many connections of this process have closed so far. */
export function connectionsClosed(): number {
  return closedCount
}

function onRead(this: TcpHandle): Buffer | undefined {
  const connection = this.owner as Connection
  try {
    return connection.onRead(bytesRead())
  } catch (fault) {
    // A mistake of ours ends the connection it was made for, and no other.
    reportFault(fault)
    connection.reset()
    return undefined
  }
}
