import { contain } from '#lib/process/faults.ts'
import {
  newTcpHandle,
  TCPConnectWrap,
  type TcpHandle,
} from '#lib/process/node-internals/tcp-handle.ts'
import { deniedSocket } from './egress-gate.ts'

/** A pending connection. */
export type Attempt = {
  /** Abandons it without calling `onDone`. */
  cancel(): void
}

/**
 * Connects to an address, IPv4 or IPv6.
 * @param onDone gets the connected handle, or null if that failed or the egress policy denies it; never called inside this call
 */
export function connectTo(
  address: string,
  port: number,
  onDone: (handle: TcpHandle | null) => void,
): Attempt {
  if (deniedSocket(address, port) !== null) return denied(onDone)
  const handle = newTcpHandle()
  handle.setNoDelay(true)
  let isOver = false
  const settle = contain(
    'connection',
    (error: number) => {
      if (isOver) return
      isOver = true
      if (error !== 0) handle.close()
      onDone(error === 0 ? handle : null)
    },
    () => {
      handle.close()
      if (isOver) return
      isOver = true
      onDone(null)
    },
  )
  const request = new TCPConnectWrap()
  request.oncomplete = settle
  const connect = address.includes(':') ? handle.connect6 : handle.connect
  const error = connect.call(handle, request, address, port)
  if (error !== 0) setImmediate(settle, error)
  return {
    cancel() {
      if (isOver) return
      isOver = true
      handle.close()
    },
  }
}

function denied(onDone: (handle: null) => void): Attempt {
  const reportDenial = contain('connection', () => onDone(null))
  const immediate = setImmediate(reportDenial)
  return { cancel: () => clearImmediate(immediate) }
}
