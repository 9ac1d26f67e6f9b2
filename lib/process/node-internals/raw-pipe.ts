import type { WriteRequest } from '#lib/process/node-internals/tcp-handle.ts'

/** A handle that libuv can send to another process: a listening or bound TCP socket. */
export type Sendable = object

/** A libuv pipe. Its methods return 0 or a negative error code of libuv. */
export interface RawPipe {
  readonly fd: number
  onread: (bytes?: ArrayBuffer) => void
  onconnection: (status: number, connection: RawPipe) => void
  /** The handle that arrived with the bytes of the current read. */
  pendingHandle?: Sendable | null
  bind(path: string): number
  listen(backlog: number): number
  connect(request: { oncomplete?: (status: number) => void }, path: string): void
  /** Opens a descriptor as this pipe. */
  open(fd: number): number
  readStart(): number
  writeUtf8String(request: WriteRequest, text: string, handle?: Sendable): number
  close(): void
}

type PipeBinding = {
  Pipe: new (type: number) => RawPipe
  PipeConnectWrap: new () => { oncomplete?: (status: number) => void }
  constants: { SERVER: number; IPC: number }
}

const { binding } = process as unknown as { binding(name: string): unknown }
const { Pipe, PipeConnectWrap: ConnectWrap, constants } = binding('pipe_wrap') as PipeBinding

export const PipeConnectWrap = ConnectWrap

/** A pipe that sends and receives handles. Node itself has them only between a process and its children. */
export function newIpcPipe(): RawPipe {
  return new Pipe(constants.IPC)
}

/** A pipe that accepts connections. */
export function newServerPipe(): RawPipe {
  return new Pipe(constants.SERVER)
}
