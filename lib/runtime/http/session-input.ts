import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { SessionFrontend } from '../client-session.ts'
import { loopBudget } from '../scheduling/loop-budget.ts'
import { runQueue, type Task } from '../scheduling/run-queue.ts'
import { Connection } from '../sockets/connection.ts'
import type { ConnectionUser } from '../sockets/connection-user.ts'
import { keep } from '../sockets/read-buffers.ts'
import { workUnder } from '../watchdog/work-marks.ts'

/** The input of an HTTP session: buffers data that can't be used yet, such as pipelined requests, and pauses reading until it can. */
export abstract class SessionInput implements ConnectionUser, Task {
  readonly client: Connection
  readonly frontend: SessionFrontend
  readonly address: string
  /** Received and not used yet. */
  protected pending: Buffer | null = null
  /** Whether the session can't use data now. */
  #isPaused = false
  #isConsuming = false
  /** Whether the run queue will continue the session. */
  #isQueued = false
  #countedBytesOut = 0

  constructor(handle: TcpHandle, frontend: SessionFrontend) {
    this.client = new Connection(handle, this, frontend.limits.bandwidth)
    this.frontend = frontend
    this.address = this.client.remoteAddress
  }

  protected abstract get isClosed(): boolean
  /** Uses data, and buffers what it can't use. */
  protected abstract consume(bytes: Buffer): void
  /** Continues after the time slice that `yield` ended. */
  protected abstract onSlice(): void
  abstract onEnd(): void
  abstract onDrain(): void
  abstract onClose(): void

  onData(bytes: Buffer): void {
    this.frontend.counters.bytesIn += bytes.length
    if (this.pending) this.buffer(bytes)
    else this.consume(bytes)
  }

  protected get isPaused(): boolean {
    return this.#isPaused
  }

  /** Handles buffered data, then reads on. */
  resume(): void {
    if (this.#isQueued) return
    this.#isPaused = false
    // A loop, because recursion could overflow the stack: thousands of pipelined requests may get their responses at once.
    if (this.#isConsuming) return
    this.#isConsuming = true
    while (this.pending && !this.#isPaused) {
      const { pending } = this
      this.pending = null
      this.consume(pending)
      if (this.pending && !this.#isPaused && loopBudget.sliceSpent) this.yield()
    }
    this.#isConsuming = false
    if (this.#isPaused || this.isClosed) return
    if (this.client.ended) this.onEnd()
    else this.client.resume()
  }

  /** Pauses reading from the client until `resume`. */
  pause(): void {
    this.#isPaused = true
    this.client.pause()
  }

  /** Resumes reading, so that the client's FIN is noticed, unless there is buffered data. */
  protected resumeReading(): void {
    this.#isPaused = this.pending !== null
    if (!this.#isPaused) this.client.resume()
  }

  /** Discards buffered data, and ends the pause. */
  protected discardInput(): void {
    this.pending = null
    this.#isPaused = false
  }

  /** Buffers data that can't be used yet, and pauses reading. */
  buffer(bytes: Buffer): void {
    this.pending = this.pending ? Buffer.concat([this.pending, bytes]) : keep(bytes)
    this.pause()
  }

  /** Puts data that was not used before all buffered data, and pauses reading. */
  putBack(bytes: Buffer): void {
    this.pending = this.pending ? Buffer.concat([bytes, this.pending]) : keep(bytes)
    this.pause()
  }

  /** Gives up the connection. @returns the buffered data */
  detach(): Buffer | null {
    const { pending } = this
    this.pending = null
    this.#isPaused = true
    return pending
  }

  /** The number of bytes written to the client since the last call. */
  takeSentBytes(): number {
    const size = this.client.bytesWritten - this.#countedBytesOut
    this.#countedBytesOut = this.client.bytesWritten
    return size
  }

  /** Ends the session's slice: it continues in a later iteration. */
  protected yield(): void {
    this.pause()
    this.#isQueued = true
    runQueue.addContinued(this)
  }

  /** @internal Called by the run queue. */
  run(): void {
    this.#isQueued = false
    if (!this.isClosed) workUnder(this.client.mark, () => this.onSlice())
  }

  /** @internal */
  onFault(): void {
    this.client.reset()
  }
}
