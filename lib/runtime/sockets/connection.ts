import { reportFault } from '#lib/process/faults.ts'
import { bytesRead, END_OF_FILE, type TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { Bandwidth, Reader } from '../limits/bandwidth.ts'
import { loopBudget, SLICE_MS } from '../scheduling/loop-budget.ts'
import { runQueue, type Task } from '../scheduling/run-queue.ts'
import { enter, leave, workUnder } from '../watchdog/work-marks.ts'
import type { ConnectionUser } from './connection-user.ts'
import { ConnectionWriter, SMALL_WRITE_MAX } from './connection-writer.ts'
import {
  type BulkBuffer,
  beginReading,
  endReading,
  releaseBulkBuffer,
  sharedBuffer,
  takeBulkBuffer,
} from './read-buffers.ts'

/** The most that is charged for one read. A longer time is probably one in which the process was not scheduled. Milliseconds. */
const YIELD_DEBT_MS_MAX = 4 * SLICE_MS

/** A TCP connection on the bare handle. Each direction ends by itself. Reading starts with `resume`. */
export class Connection extends ConnectionWriter implements Reader, Task {
  readonly #bandwidth: Bandwidth | null
  #reading = false
  /** The number of reasons not to read, whatever the user requests: the run queue, the bandwidth limit. */
  #suspensions = 0
  /** Data read in an iteration whose time was used up. */
  #deferred: Buffer | null = null
  #queued = false
  #bulk: BulkBuffer | null = null
  #remoteAddress: string | null = null
  #remotePort = 0

  /** @param bandwidth the limit that it shares with other connections */
  constructor(handle: TcpHandle, user: ConnectionUser, bandwidth: Bandwidth | null = null) {
    super(handle, user)
    this.#bandwidth = bandwidth
    handle.owner = this
    handle.onread = onRead
    // biome-ignore lint/correctness/useHookAtTopLevel: not a React hook.
    handle.useUserBuffer(sharedBuffer)
  }

  protected get reading(): boolean {
    return this.#reading
  }

  /** Whether the user has paused reading. */
  get paused(): boolean {
    return !this.#reading
  }

  /** Whether reading is suspended, so that data and a FIN from the peer are not noticed. */
  get suspended(): boolean {
    return this.#suspensions > 0
  }

  /** Whether data that was read waits for the next iteration. */
  get deferred(): boolean {
    return this.#deferred !== null
  }

  /** The peer's address; empty if the connection was closed before the first call. */
  get remoteAddress(): string {
    this.#remoteAddress ??= this.#readRemoteName()
    return this.#remoteAddress
  }

  /** The peer's port; 0 if the connection was closed before the first call. */
  get remotePort(): number {
    this.#remoteAddress ??= this.#readRemoteName()
    return this.#remotePort
  }

  resume(): void {
    if (this.#reading || this.closed || this.ended) return
    this.#reading = true
    if (this.#deferred) this.#enqueue()
    if (this.#suspensions === 0) this.handle.readStart()
  }

  pause(): void {
    if (!this.#reading || this.closed) return
    this.#reading = false
    this.handle.readStop()
  }

  suspend(): void {
    this.#suspensions += 1
    if (!this.closed) this.handle.readStop()
  }

  release(): void {
    this.#suspensions -= 1
    if (this.#reading && this.#suspensions === 0) this.handle.readStart()
  }

  /** @internal Called by the handle. @returns the buffer for the next reads, if it changes */
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
    if (this.#bandwidth?.limited && !this.closed) this.#bandwidth.consumed(this, size)
    return bulk ? this.#afterBulk(bulk, size) : this.#afterShared(size)
  }

  /** @internal Called by the run queue. */
  run(): void {
    workUnder(this.mark, () => this.#runQueued())
  }

  #runQueued(): void {
    this.#queued = false
    const bytes = this.#deferred
    // If the user has paused reading, `resume` queues the data again.
    if (this.closed || (bytes && !this.#reading)) return
    this.#deferred = null
    this.release()
    if (!bytes) return
    this.user.onData(bytes)
    if (this.#bandwidth?.limited && !this.closed) this.#bandwidth.consumed(this, bytes.length)
  }

  /** @internal */
  onFault(): void {
    this.reset()
  }

  protected closeReader(): void {
    this.#reading = false
    this.handle.readStop()
    this.#deferred = null
    if (this.#suspensions > 0) this.#bandwidth?.remove(this)
    if (this.#bulk) releaseBulkBuffer(this.#bulk)
    this.#bulk = null
  }

  #readRemoteName(): string {
    const { address = '', port = 0 } = this.remote()
    this.#remotePort = port
    return address
  }

  /** Changes to a bulk buffer once the shared one was full. */
  #afterShared(size: number): Buffer | undefined {
    if (size < sharedBuffer.length || this.closed) return undefined
    this.#bulk = takeBulkBuffer()
    return this.#bulk.bytes
  }

  /** Changes back to the shared buffer if a write still uses the bulk buffer, or if there was little to read. */
  #afterBulk(bulk: BulkBuffer, size: number): Buffer | undefined {
    if (this.#bulk !== bulk || (bulk.uses === 1 && size > SMALL_WRITE_MAX)) return undefined
    this.#bulk = null
    releaseBulkBuffer(bulk)
    return sharedBuffer
  }

  /** Keeps data for the next iteration, and suspends reading until then. */
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

  /** Suspends reading until the run queue continues it. */
  #yield(elapsedMs: number): void {
    if (this.closed) return
    this.suspend()
    this.#queued = true
    runQueue.addContinued(this, Math.min(elapsedMs, YIELD_DEBT_MS_MAX))
  }

  #onReadEnd(code: number): void {
    this.#reading = false
    if (code === END_OF_FILE) this.onPeerEnd()
    else this.onReadError()
  }
}

function onRead(this: TcpHandle): Buffer | undefined {
  const connection = this.owner as Connection
  try {
    return connection.onRead(bytesRead())
  } catch (fault) {
    reportFault(fault)
    connection.reset()
    return undefined
  }
}
