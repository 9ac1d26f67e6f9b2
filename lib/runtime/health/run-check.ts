import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { contain } from '#lib/process/faults.ts'
import { type TlsSettings, tlsOptions } from '../sockets/connect-tls.ts'
import { tlsWords } from '../sockets/tls-errors.ts'
import { currentMark, workUnder } from '../watchdog/work-marks.ts'
import { type Checker, failed, notMade, type Outcome } from './checker.ts'
import { fairTimeout } from './fair-timeout.ts'

/** Where and how a check connects. */
export type CheckTarget = {
  address: string
  port: number
  /** Milliseconds for all of it. */
  timeout: number
  /** Sent before anything else; null for none. */
  proxyHeader: Buffer | null
  /** How TLS is spoken; null for plain TCP. */
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

/** How far a check came; ends the sentence that begins with "timed out after 1 s". */
type Phase =
  | 'without a connection'
  | 'in the TLS handshake'
  | 'without an answer'
  | 'within an answer'

/** This node has no room for another connection, which says nothing of the server. */
const OWN_FAULTS = new Set(['EMFILE', 'ENFILE'])

/**
 * Runs one check and tells its outcome, once; null where there is none because this node could not check.
 * @returns cancels it, silently
 */
export function runCheck(
  checker: Checker,
  target: CheckTarget,
  onOutcome: (outcome: Outcome | null) => void,
): () => void {
  const tcp = connectTcp({ host: target.address, port: target.port, noDelay: true })
  const mark = currentMark()
  let stream: Socket = tcp
  let received: Buffer = Buffer.alloc(0)
  let phase: Phase = 'without a connection'

  let over = false
  const stop = () => {
    over = true
    cancelTimeout()
    tcp.removeAllListeners().on('error', () => {})
    stream.removeAllListeners().on('error', () => {})
    // A reset leaves nothing behind in TIME_WAIT, check after check.
    tcp.resetAndDestroy()
  }
  const finish = (outcome: Outcome | null) => {
    if (over) return
    stop()
    onOutcome(outcome)
  }
  const onFault = (fault: unknown) => finish(notMade(fault))
  const timedOut = () => finish(failed(`timed out after ${inSeconds(target.timeout)} ${phase}`))
  const cancelTimeout = fairTimeout(target.timeout, timedOut, onFault)
  const judge = () => {
    const outcome = checker.judge(received)
    if (outcome) finish(outcome)
    else if (received.length > RECEIVED_MAX) finish(failed('answered too much'))
  }
  const onData = contain(
    'health check',
    (chunk: Buffer) => {
      phase = 'within an answer'
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      workUnder(mark, judge)
    },
    onFault,
  )
  const onEnd = contain('health check', () => finish(failed(`connection closed ${phase}`)), onFault)
  const converse = () => {
    phase = 'without an answer'
    const opening = checker.open()
    if (opening) stream.write(opening)
    stream.on('data', onData)
    stream.on('end', onEnd)
    judge()
  }
  const onError = contain(
    'health check',
    (error: NodeJS.ErrnoException) =>
      finish(OWN_FAULTS.has(error.code ?? '') ? null : failed(wordsFor(error))),
    onFault,
  )
  const onSecure = contain('health check', converse, onFault)
  const onConnect = contain(
    'health check',
    () => {
      if (target.proxyHeader) tcp.write(target.proxyHeader)
      if (target.tls === null) return converse()
      phase = 'in the TLS handshake'
      const secure = connectTls({ socket: tcp, ...tlsOptions(target.tls) })
      stream = secure
      secure.on('error', onError)
      secure.once('secureConnect', onSecure)
    },
    onFault,
  )
  tcp.on('error', onError)
  tcp.once('connect', onConnect)
  return stop
}

function wordsFor(error: NodeJS.ErrnoException): string {
  return tlsWords(error) ?? CONNECT_ERRORS[error.code ?? ''] ?? error.message
}

function inSeconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${milliseconds / 1000} s`
}
