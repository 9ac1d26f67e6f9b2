import { contain } from '#lib/process/faults.ts'
import {
  newTcpHandle,
  TCPConnectWrap,
  type TcpHandle,
} from '#lib/process/node-internals/tcp-handle.ts'
import { deniedSocket } from './egress-gate.ts'

/** A connection that is being made. */
export type Attempt = {
  /** Gives it up; `onDone` is not called any more. */
  cancel(): void
}

/**
 * Connects to an address, IPv4 or IPv6.
 * @param onDone the connected handle, or null where that failed or the egress policy denies it; never called from inside this call
 */
export function connectTo(
  address: string,
  port: number,
  onDone: (handle: TcpHandle | null) => void,
): Attempt {
  if (deniedSocket(address, port) !== null) return denied(onDone)
  const handle = newTcpHandle()
  handle.setNoDelay(true)
  let over = false
  const settle = contain(
    'connection',
    (error: number) => {
      if (over) return
      over = true
      if (error !== 0) handle.close()
      onDone(error === 0 ? handle : null)
    },
    () => {
      handle.close()
      if (over) return
      over = true
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
      if (over) return
      over = true
      handle.close()
    },
  }
}

function denied(onDone: (handle: null) => void): Attempt {
  const tell = contain('connection', () => onDone(null))
  const immediate = setImmediate(tell)
  return { cancel: () => clearImmediate(immediate) }
}
