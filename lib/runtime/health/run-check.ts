import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { contain } from '#lib/process/faults.ts'
import { tlsErrorText } from '../sockets/tls-errors.ts'
import { type TlsSettings, tlsOptions } from '../sockets/tls-options.ts'
import { currentMark, workUnder } from '../watchdog/work-marks.ts'
import { type Checker, type CheckResult, couldNotRun, failed } from './checker.ts'
import { stallTolerantTimeout } from './stall-tolerant-timeout.ts'

/** The server and the connection settings of a check. */
export type CheckTarget = {
  address: string
  port: number
  /** For the whole check. Milliseconds. */
  timeout: number
  /** Sent first; null for none. */
  proxyHeader: Buffer | null
  /** Null for plain TCP. */
  tls: TlsSettings | null
}

const RECEIVED_MAX = 16_384

const CONNECT_ERRORS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'timed out',
  EADDRNOTAVAIL: 'no local address or port left to connect from',
}

/** The progress of a check, in words that complete "timed out after 1 s …". */
type Phase =
  | 'without a connection'
  | 'in the TLS handshake'
  | 'without a response'
  | 'in the response'

/** This node is out of file descriptors. That says nothing about the server. */
const LOCAL_ERRORS = new Set(['EMFILE', 'ENFILE'])

/**
 * Runs one check.
 * @param onResult called once; null if this node could not run the check
 * @returns a function that cancels the check without calling `onResult`
 */
export function runCheck(
  checker: Checker,
  target: CheckTarget,
  onResult: (result: CheckResult | null) => void,
): () => void {
  const tcp = connectTcp({ host: target.address, port: target.port, noDelay: true })
  const mark = currentMark()
  let stream: Socket = tcp
  let received: Buffer = Buffer.alloc(0)
  let phase: Phase = 'without a connection'

  let isOver = false
  const stop = () => {
    isOver = true
    cancelTimeout()
    tcp.removeAllListeners().on('error', () => {})
    stream.removeAllListeners().on('error', () => {})
    // A reset leaves no socket in TIME_WAIT.
    tcp.resetAndDestroy()
  }
  const finish = (result: CheckResult | null) => {
    if (isOver) return
    stop()
    onResult(result)
  }
  const onFault = (fault: unknown) => finish(couldNotRun(fault))
  const timedOut = () => finish(failed(`timed out after ${inSeconds(target.timeout)} ${phase}`))
  const cancelTimeout = stallTolerantTimeout(target.timeout, timedOut, onFault)
  const judge = () => {
    const result = checker.judge(received)
    if (result) finish(result)
    else if (received.length > RECEIVED_MAX) finish(failed('the response is too long'))
  }
  const onData = contain(
    'health check',
    (chunk: Buffer) => {
      phase = 'in the response'
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      workUnder(mark, judge)
    },
    onFault,
  )
  const onEnd = contain('health check', () => finish(failed(`connection closed ${phase}`)), onFault)
  const sendRequest = () => {
    phase = 'without a response'
    const request = checker.request()
    if (request) stream.write(request)
    stream.on('data', onData)
    stream.on('end', onEnd)
    judge()
  }
  const onError = contain(
    'health check',
    (error: NodeJS.ErrnoException) =>
      finish(LOCAL_ERRORS.has(error.code ?? '') ? null : failed(errorText(error))),
    onFault,
  )
  const onHandshake = contain('health check', sendRequest, onFault)
  const onConnect = contain(
    'health check',
    () => {
      if (target.proxyHeader) tcp.write(target.proxyHeader)
      if (target.tls === null) return sendRequest()
      phase = 'in the TLS handshake'
      const tls = connectTls({ socket: tcp, ...tlsOptions(target.tls) })
      stream = tls
      tls.on('error', onError)
      tls.once('secureConnect', onHandshake)
    },
    onFault,
  )
  tcp.on('error', onError)
  tcp.once('connect', onConnect)
  return stop
}

function errorText(error: NodeJS.ErrnoException): string {
  return tlsErrorText(error) ?? CONNECT_ERRORS[error.code ?? ''] ?? error.message
}

function inSeconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${milliseconds / 1000} s`
}
