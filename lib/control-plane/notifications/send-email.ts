import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createTransport } from 'nodemailer'
import type { EventBody } from '#lib/core/delivery.ts'
import { contain, detach } from '#lib/process/faults.ts'
import { deniedMailServer, type Egress } from '../egress/egress.ts'
import {
  EgressDenied,
  pinnedLookup,
  type Resolved,
  resolveTarget,
} from '../egress/resolve-target.ts'
import { connectionErrorMessage } from './connection-error-message.ts'
import { messageOf } from './email-message.ts'
import type { SendResult } from './send-result.ts'
import type { Smtp } from './settings.ts'

/** Time limits for connecting to the mail server and for each of its replies. Milliseconds. */
const CONNECT_MS = 5000
const REPLY_MS = 10_000

type EmailOptions = {
  smtp: Smtp | null
  egress: Egress
  signal: AbortSignal
  /** Called right before the connection to the mail server. It may abort `signal`. */
  beforeSending?: () => void
}

/** Attempts to send an event by email. The mail server's name is resolved and pinned like a webhook's. Never throws. */
export async function sendEmail(
  email: string,
  event: EventBody,
  { smtp, egress, signal, beforeSending }: EmailOptions,
): Promise<SendResult> {
  if (!smtp) {
    return { delivered: false, status: null, outcome: 'FAIRLEAD_SMTP_URL is no longer set' }
  }
  const transport = createTransport({
    url: smtp.url,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: REPLY_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket({ host = 'localhost', port, secure }, callback) {
      const target = { host, port: Number(port) || (secure ? 465 : 587) }
      const open = async () => {
        try {
          callback(null, { connection: await openSocket(target, egress, signal) })
        } catch (error) {
          callback(error as Error)
        }
      }
      detach('notification', open)
    },
  })
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  const stop = contain('notification', () => reject(new Error('Fairlead was stopped')), reject)
  signal.addEventListener('abort', stop)
  try {
    beforeSending?.()
    signal.throwIfAborted()
    const { response } = await Promise.race([
      transport.sendMail(messageOf(event, smtp.from, email)),
      stopped,
    ])
    return { delivered: true, status: replyCode(response), outcome: `SMTP ${response}` }
  } catch (error) {
    const { responseCode } = error as Error & { responseCode?: number }
    return { delivered: false, status: responseCode ?? null, ...errorResult(error as Error) }
  } finally {
    signal.removeEventListener('abort', stop)
    transport.close()
  }
}

/** Opens the TCP connection to the mail server. The transport negotiates TLS on it. */
async function openSocket(
  target: { host: string; port: number },
  egress: Egress,
  signal: AbortSignal,
): Promise<Socket> {
  const resolved = await resolveTarget(target, (one) => deniedMailServer(one, egress))
  signal.throwIfAborted()
  return connectTo(resolved, signal)
}

async function connectTo(resolved: Resolved, signal: AbortSignal): Promise<Socket> {
  const { host, port } = resolved
  const socket = connect({ host, port, lookup: pinnedLookup(resolved) })
  socket.on('error', () => {})
  try {
    const stopOrTimeout = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)])
    await once(socket, 'connect', { signal: stopOrTimeout })
    return socket
  } catch (error) {
    socket.destroy()
    if (!isTimeout(error as Error)) throw error
    throw new Error(`The mail server did not accept the connection within ${CONNECT_MS / 1000} s`)
  }
}

const isTimeout = ({ name }: Error) => name === 'AbortError' || name === 'TimeoutError'

function errorResult(error: Error): Pick<SendResult, 'outcome' | 'logDetail'> {
  if (error instanceof EgressDenied) {
    const outcome =
      'The egress policy denies the mail server. The log of the control plane says why'
    return { outcome, logDetail: error.message }
  }
  const message = connectionErrorMessage(error) ?? error.message.split('\n')[0]
  return { outcome: message ?? 'It could not be sent' }
}

function replyCode(response: string): number | null {
  const code = Number.parseInt(response, 10)
  return Number.isNaN(code) ? null : code
}
