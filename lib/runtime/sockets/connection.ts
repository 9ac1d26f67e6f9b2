import { reportFault } from '../faults.ts'
import {
  type BulkBuffer,
  beginReading,
  bulkBufferOf,
  endReading,
  releaseBulkBuffer,
  sharedBuffer,
  takeBulkBuffer,
} from './read-buffers.ts'
import {
  bytesRead,
  END_OF_FILE,
  lastWriteIsPending,
  latin1,
  ShutdownWrap,
  type SocketName,
  type TcpHandle,
  type WriteRequest,
  WriteWrap,
} from './tcp-handle.ts'

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
export const TEXT_MAX = 16 * 1024

/** A request that the next write can use: one whose write completed at once was never needed. */
let freeWrite: Write = newWrite()

type Write = WriteRequest & {
  connection: Connection | null
  buffer: BulkBuffer | null
  /** Memory that the handle writes from, which nobody else may hold. */
  bytes: Buffer | null
}

/**
 * One TCP connection, on the bare handle. Both directions end by themselves; small writes are gathered until `flush`.
 * Reading begins with `resume`.
 */
export class Connection {
  user: ConnectionUser
  /** All that was added, sent or not. */
  bytesWritten = 0
  readonly #handle: TcpHandle
  #text = ''
  #flushesSoon = false
  #closesSoon = false
  #pendingWrites = 0
  #reading = false
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

  constructor(handle: TcpHandle, user: ConnectionUser) {
    this.#handle = handle
    this.user = user
    handle.holder = this
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

  /** Whether the kernel has not taken everything yet. */
  get congested(): boolean {
    return this.#pendingWrites > 0
  }

  /** The other end's address; empty where the connection is gone already. */
  get remoteAddress(): string {
    this.#remoteAddress ??= this.#askRemote()
    return this.#remoteAddress
  }

  /** The other end's port; 0 where the connection is gone already. */
  get remotePort(): number {
    this.#remoteAddress ??= this.#askRemote()
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
    this.#handle.readStart()
  }

  pause(): void {
    if (!this.#reading || this.#closed) return
    this.#reading = false
    this.#handle.readStop()
  }

  /** Adds text, latin1, to what the next `flush` sends. */
  text(text: string): void {
    this.bytesWritten += text.length
    this.#text += text
  }

  /** Adds bytes. Many are sent at once, after what was added before; the caller may use their memory again. */
  bytes(bytes: Buffer): void {
    this.bytesWritten += bytes.length
    if (this.#text.length + bytes.length > TEXT_MAX) this.flush()
    if (bytes.length > TEXT_MAX) this.#writeBytes(bytes)
    else this.#text += latin1(bytes)
  }

  /** Sends what was added. @returns whether the kernel has taken all of it; if not, `onDrain` says when */
  flush(): boolean {
    const text = this.#text
    this.#flushesSoon = false
    if (text !== '') {
      this.#text = ''
      if (!this.#unwritable && !this.#closed) {
        const write = freeWrite
        this.#wrote(write, null, this.#handle.writeLatin1String(write, text))
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
      if (flushingSoon.length === 0) setImmediate(flushAll)
      flushingSoon.push(this)
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
    request.oncomplete = (status) => this.#onFinished(status)
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
    const outer = beginReading(bulk)
    try {
      this.user.onData((bulk?.bytes ?? sharedBuffer).subarray(0, size))
    } finally {
      endReading(outer)
    }
    return bulk ? this.#afterBulk(bulk, size) : this.#afterShared(size)
  }

  /** @internal The call in which it was closed is over. */
  onClosed(): void {
    const orderly = this.#ended && this.#finished && !this.#broken
    this.user.onClose(!orderly)
  }

  /** @internal A write that was under way is over. */
  onWritten(status: number): void {
    this.#pendingWrites -= 1
    if (this.#closed) return
    if (status !== 0) this.#onUnwritable()
    else if (this.#pendingWrites === 0) this.user.onDrain()
  }

  #askRemote(): string {
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
    if (this.#bulk !== bulk || (bulk.uses === 1 && size > TEXT_MAX)) return undefined
    this.#bulk = null
    releaseBulkBuffer(bulk)
    return sharedBuffer
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
    const write = freeWrite
    const bulk = bulkBufferOf(bytes)
    if (bulk) {
      bulk.uses += 1
      this.#wrote(write, bulk, this.#handle.writeBuffer(write, bytes))
      return
    }
    if (bytes.buffer !== sharedBuffer.buffer) {
      this.#wrote(write, null, this.#handle.writeBuffer(write, bytes))
      if (write.connection) write.bytes = bytes
      return
    }
    const copy = takeBulkBuffer()
    bytes.copy(copy.bytes)
    this.#wrote(write, copy, this.#handle.writeBuffer(write, copy.bytes.subarray(0, bytes.length)))
  }

  /** @param buffer that the write uses while it is under way */
  #wrote(write: Write, buffer: BulkBuffer | null, error: number): void {
    if (error === 0 && lastWriteIsPending()) {
      freeWrite = newWrite()
      write.connection = this
      write.buffer = buffer
      this.#pendingWrites += 1
      return
    }
    if (buffer) releaseBulkBuffer(buffer)
    if (error !== 0) this.#onUnwritable()
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
    if (this.#bulk) releaseBulkBuffer(this.#bulk)
    this.#bulk = null
    closedCount += 1
    if (closed.length === 0) setImmediate(tellClosed)
    closed.push(this)
  }
}

let flushingSoon: Connection[] = []

function flushAll(): void {
  const connections = flushingSoon
  flushingSoon = []
  for (const connection of connections) connection.flush()
}

let closedCount = 0

/** How many connections of this process have closed so far. */
export function connectionsClosed(): number {
  return closedCount
}

let closed: Connection[] = []

/** Cheaper than a callback from each handle. */
function tellClosed(): void {
  const connections = closed
  closed = []
  for (const connection of connections) {
    try {
      connection.onClosed()
    } catch (fault) {
      reportFault(fault)
    }
  }
}

function onRead(this: TcpHandle): Buffer | undefined {
  const connection = this.holder as Connection
  try {
    return connection.onRead(bytesRead())
  } catch (fault) {
    endByFault(connection, fault)
    return undefined
  }
}

function newWrite(): Write {
  const write = new WriteWrap() as Write
  write.connection = null
  write.buffer = null
  write.bytes = null
  write.oncomplete = onWritten
  return write
}

function onWritten(this: Write, status: number): void {
  const { connection, buffer } = this
  if (buffer) releaseBulkBuffer(buffer)
  if (!connection) return
  try {
    connection.onWritten(status)
  } catch (fault) {
    endByFault(connection, fault)
  }
}

/** A mistake of ours ends the connection it was made for, and no other. */
function endByFault(connection: Connection, fault: unknown): void {
  reportFault(fault)
  connection.reset()
}
