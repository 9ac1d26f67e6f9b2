import { contain } from '#lib/process/faults.ts'
import { latin1 } from '#lib/process/node-internals/tcp-handle.ts'
import { latin1Bytes } from '../latin1.ts'
import type { Bandwidth, Reader } from '../limits/bandwidth.ts'
import { loopBudget, SLICE_MS } from '../scheduling/loop-budget.ts'
import { runQueue, type Task } from '../scheduling/run-queue.ts'
import { currentMark, workUnder } from '../watchdog/work-marks.ts'
import { resetTls, type TlsTransport } from './connect-tls.ts'
import type { ConnectionUser } from './connection-user.ts'
import { SMALL_WRITE_MAX } from './connection-writer.ts'

/** A TLS connection to a server, after the handshake. The counterpart of `Connection`. */
export class TlsConnection implements Reader, Task {
  user: ConnectionUser
  bytesWritten = 0
  readonly #transport: TlsTransport
  readonly #bandwidth: Bandwidth | null
  #text = ''
  #reading = false
  #suspensions = 0
  #ended = false
  #broken = false
  #closed = false

  constructor(transport: TlsTransport, user: ConnectionUser, bandwidth: Bandwidth | null = null) {
    this.#transport = transport
    this.user = user
    this.#bandwidth = bandwidth
    const { tls, tcp } = transport
    const mark = currentMark()
    const reset = () => this.reset()
    const onError = contain(
      'connection',
      () => {
        this.#broken = true
      },
      reset,
    )
    const under = (act: () => void) => () => workUnder(mark, act)
    const onData = contain(
      'connection',
      (bytes: Buffer) => workUnder(mark, () => this.#onData(bytes)),
      reset,
    )
    const onEnd = contain(
      'connection',
      under(() => this.#onEnd()),
      reset,
    )
    const onDrain = contain(
      'connection',
      under(() => this.#onDrain()),
      reset,
    )
    const onClose = contain(
      'connection',
      under(() => this.#onClose()),
      reset,
    )
    tcp.on('error', onError)
    tls.pause()
    tls.on('data', onData)
    tls.on('end', onEnd)
    tls.on('drain', onDrain)
    tls.on('error', onError)
    tls.once('close', onClose)
  }

  get ended(): boolean {
    return this.#ended
  }

  get suspended(): boolean {
    return this.#suspensions > 0
  }

  get congested(): boolean {
    return this.#transport.tls.writableNeedDrain
  }

  resume(): void {
    if (this.#closed || this.#ended) return
    this.#reading = true
    if (this.#suspensions === 0) this.#transport.tls.resume()
  }

  pause(): void {
    this.#reading = false
    this.#transport.tls.pause()
  }

  suspend(): void {
    this.#suspensions += 1
    this.#transport.tls.pause()
  }

  release(): void {
    this.#suspensions -= 1
    if (this.#reading && this.#suspensions === 0 && !this.#closed) this.#transport.tls.resume()
  }

  /** @internal Called by the run queue. */
  run(): void {
    this.release()
  }

  /** @internal */
  onFault(): void {
    this.reset()
  }

  writeText(text: string): void {
    this.bytesWritten += text.length
    this.#text += text
  }

  writeBytes(bytes: Buffer): void {
    if (bytes.length <= SMALL_WRITE_MAX) {
      this.writeText(latin1(bytes))
      return
    }
    this.flush()
    this.bytesWritten += bytes.length
    // A copy: borrowed bytes are overwritten before they are encrypted.
    this.#write(Buffer.from(bytes))
  }

  flush(): boolean {
    const text = this.#text
    this.#text = ''
    if (text !== '') this.#write(latin1Bytes(text))
    return !this.congested
  }

  flushSoon(): boolean {
    return this.flush()
  }

  end(): void {
    this.flush()
    if (!this.#closed) this.#transport.tls.end()
  }

  destroy(): void {
    if (this.#closed) return
    this.#close()
    this.#transport.tls.destroy()
    this.#transport.tcp.destroy()
  }

  reset(): void {
    if (this.#closed) return
    this.#broken = true
    this.#close()
    resetTls(this.#transport)
  }

  #write(bytes: Buffer): void {
    const { tls } = this.#transport
    if (!this.#closed && tls.writable) tls.write(bytes)
  }

  #onData(bytes: Buffer): void {
    if (this.#closed) return
    loopBudget.begin(this)
    this.user.onData(bytes)
    if (loopBudget.sliceSpent) this.#yield()
    if (this.#bandwidth?.limited && !this.#closed) this.#bandwidth.consumed(this, bytes.length)
  }

  /** Suspends reading until the run queue continues it. */
  #yield(): void {
    this.suspend()
    runQueue.addContinued(this, SLICE_MS)
  }

  #onEnd(): void {
    this.#ended = true
    this.#reading = false
    if (!this.#closed) this.user.onEnd()
  }

  #onDrain(): void {
    if (!this.#closed) this.user.onDrain()
  }

  #onClose(): void {
    const orderly = this.#ended && this.#transport.tls.writableFinished && !this.#broken
    this.#close()
    this.user.onClose(!orderly)
  }

  #close(): void {
    this.#closed = true
    this.#reading = false
    this.#text = ''
    if (this.#suspensions > 0) this.#bandwidth?.remove(this)
  }
}
