/**
 * Node's own TCP handles, without the streams around them: the one place that reaches below Node's public interface.
 * `net.Socket` costs half as much again as HAProxy for a relayed message, and a fourfold of it in memory; the handle
 * costs less. The price is that this belongs to one version of Node, which is why package.json pins it exactly, and
 * `tcp-handle.test.ts` says what is relied on.
 */

/** Ends of a connection, as the kernel names them. */
export type SocketName = { address?: string; port?: number; family?: string }

/** A libuv TCP handle. Numbers it answers are 0 or a negative error code of libuv. */
export interface TcpHandle {
  readonly fd: number
  /** Called with `this` as the handle; may answer the buffer that the next bytes are to be read into. */
  onread: (this: TcpHandle) => Buffer | undefined
  onconnection: (status: number, handle: TcpHandle) => void
  /** Bytes are read into this buffer, which has to be kept alive. Once for each handle. */
  useUserBuffer(buffer: Buffer): void
  readStart(): number
  readStop(): number
  writeLatin1String(request: WriteRequest, text: string): number
  writeBuffer(request: WriteRequest, bytes: Buffer): number
  shutdown(request: ShutdownRequest): number
  listen(backlog: number): number
  connect(request: ConnectRequest, address: string, port: number): number
  connect6(request: ConnectRequest, address: string, port: number): number
  setNoDelay(enabled: boolean): number
  getpeername(name: SocketName): number
  getsockname(name: SocketName): number
  close(onClosed?: () => void): void
  /** Closes by a reset; not while a shutdown is under way. */
  reset(onClosed?: () => void): number
  /** Whose it is. */
  owner?: unknown
}

export type WriteRequest = { oncomplete?: (status: number) => void }
export type ShutdownRequest = { oncomplete?: (status: number) => void }
export type ConnectRequest = { oncomplete?: (status: number) => void }

type TcpBinding = {
  TCP: new (type: number) => TcpHandle
  TCPConnectWrap: new () => ConnectRequest
  constants: { SOCKET: number; SERVER: number }
}

type StreamBinding = {
  WriteWrap: new () => WriteRequest
  ShutdownWrap: new () => ShutdownRequest
  /** What the last call on any handle left behind, by the indices below. */
  streamBaseState: Int32Array
  kReadBytesOrError: number
  kLastWriteWasAsync: number
}

const { binding } = process as unknown as { binding(name: string): unknown }
const tcp = binding('tcp_wrap') as TcpBinding
const stream = binding('stream_wrap') as StreamBinding

const { streamBaseState, kReadBytesOrError, kLastWriteWasAsync } = stream
export const { WriteWrap, ShutdownWrap } = stream
export const { TCPConnectWrap } = tcp

/** A handle for a connection that is to be made. */
export function newTcpHandle(): TcpHandle {
  return new tcp.TCP(tcp.constants.SOCKET)
}

/** Inside `onread`: the bytes that were read, or a negative error code. */
export function bytesRead(): number {
  return streamBaseState[kReadBytesOrError] as number
}

/** Whether the write just made is still under way, so that its request must not be used again. */
export function lastWriteIsPending(): boolean {
  return streamBaseState[kLastWriteWasAsync] !== 0
}

/** libuv's code for an orderly end. */
export const END_OF_FILE = -4095

/** Bytes as latin1 text; what `toString` does, without asking which encoding is meant. */
export function latin1(bytes: Buffer, start = 0, end = bytes.length): string {
  return (bytes as Buffer & { latin1Slice(start: number, end: number): string }).latin1Slice(
    start,
    end,
  )
}
