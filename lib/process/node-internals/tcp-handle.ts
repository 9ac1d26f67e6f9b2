import * as net from 'node:net'

/**
 * Node's TCP handles, without `net.Socket`. With `net.Socket`, a relayed message takes 1.2 times HAProxy's CPU time and a connection
 * four times its memory; with bare handles, a message takes less CPU time than in HAProxy. All code that depends on Node's undocumented
 * interface is in this folder. The interface may change with any version, so package.json pins the version, and the tests here cover
 * all of it that Fairlead uses.
 */

/** The address of one end of a connection, which `getpeername` and `getsockname` fill in. */
export type SocketName = { address?: string; port?: number; family?: string }

/** A libuv TCP handle. Its methods return 0 or a negative error code of libuv. */
export interface TcpHandle {
  readonly fd: number
  /** Called with the handle as `this`. May return the buffer for the next read. */
  onread: (this: TcpHandle) => Buffer | undefined
  onconnection: (status: number, handle: TcpHandle) => void
  /** Sets the buffer that data is read into, once per handle. The caller must keep it alive. */
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
  /** Closes with a reset. Fails while a shutdown is pending. */
  reset(onClosed?: () => void): number
  /** The object that uses the handle. Node doesn't use it. */
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
  /** Results of the last call on any handle, at the indices below. */
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

/** A handle for a new outgoing connection. */
export function newTcpHandle(): TcpHandle {
  return new tcp.TCP(tcp.constants.SOCKET)
}

// Node's cluster module uses it. The public `net.BoundSocket` can't be sent to another process.
const { _createServerHandle: createServerHandle } = net as unknown as {
  _createServerHandle(
    address: string,
    port: number,
    addressType: 4 | 6,
    fd: null,
    flags: number,
  ): TcpHandle | number
}

/** libuv's `UV_TCP_REUSEPORT`. */
const REUSE_PORT = 2

/**
 * Binds an IPv4 socket without listening. It can be sent to another process.
 * @param port 0 for any
 * @param reusePort sets SO_REUSEPORT: several sockets listen on the port, and the kernel distributes connections among them
 * @returns the handle, or libuv's error code. If the port is in use, libuv may bind another one, or fail only when the socket listens.
 */
export function bindTcpHandle(
  address: string,
  port: number,
  { reusePort = false } = {},
): TcpHandle | number {
  return createServerHandle(address, port, 4, null, reusePort ? REUSE_PORT : 0)
}

/** A `net.Socket` on a connected handle, as Node's own servers create them. */
export function socketOf(handle: TcpHandle, options: net.SocketConstructorOpts): net.Socket {
  return new net.Socket({ ...options, handle } as object)
}

/** Inside `onread`: the number of bytes read, or a negative error code. */
export function bytesRead(): number {
  return streamBaseState[kReadBytesOrError] as number
}

/** Whether the last write is still pending, so that its request must not be reused. */
export function lastWriteIsPending(): boolean {
  return streamBaseState[kLastWriteWasAsync] !== 0
}

/** libuv's code for the end of the stream. */
export const END_OF_FILE = -4095

/** Bytes as latin1 text. Faster than `toString`, which looks up the encoding. */
export function latin1(bytes: Buffer, start = 0, end = bytes.length): string {
  return (bytes as Buffer & { latin1Slice(start: number, end: number): string }).latin1Slice(
    start,
    end,
  )
}
