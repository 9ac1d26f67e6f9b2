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
import { connectionWords } from './connection-error-message.ts'
import { messageOf } from './email-message.ts'
import type { Sent } from './send.ts'
import type { Smtp } from './settings.ts'

/** How long the mail server may take to be there, and for each of its answers. Milliseconds. */
const CONNECT_MS = 5000
const ANSWER_MS = 10_000

type Way = { smtp: Smtp | null; egress: Egress; signal: AbortSignal }

/** Sends an event as a mail, once. The mail server's name is resolved and pinned as a webhook's. Never throws. */
export async function sendEmail(
  email: string,
  event: EventBody,
  { smtp, egress, signal }: Way,
): Promise<Sent> {
  if (!smtp) {
    return { delivered: false, status: null, outcome: 'FAIRLEAD_SMTP_URL is not set any more' }
  }
  const transport = createTransport({
    url: smtp.url,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: ANSWER_MS,
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
    const { response } = await Promise.race([
      transport.sendMail(messageOf(event, smtp.from, email)),
      stopped,
    ])
    return { delivered: true, status: codeOf(response), outcome: `SMTP ${response}` }
  } catch (error) {
    const { responseCode } = error as Error & { responseCode?: number }
    return { delivered: false, status: responseCode ?? null, ...wordsOf(error as Error) }
  } finally {
    signal.removeEventListener('abort', stop)
    transport.close()
  }
}

/** A connection to the mail server, in plain text: what follows, TLS too, is the transport's. */
async function openSocket(
  target: { host: string; port: number },
  egress: Egress,
  signal: AbortSignal,
): Promise<Socket> {
  const resolved = await resolveTarget(target, (one) => deniedMailServer(one, egress))
  signal.throwIfAborted()
  return connected(resolved, signal)
}

async function connected(resolved: Resolved, signal: AbortSignal): Promise<Socket> {
  const { host, port } = resolved
  const socket = connect({ host, port, lookup: pinnedLookup(resolved) })
  socket.on('error', () => {})
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)])
    await once(socket, 'connect', { signal: within })
    return socket
  } catch (error) {
    socket.destroy()
    if (!isLate(error as Error)) throw error
    throw new Error(`The mail server did not accept the connection within ${CONNECT_MS / 1000} s`)
  }
}

const isLate = ({ name }: Error) => name === 'AbortError' || name === 'TimeoutError'

function wordsOf(error: Error): Pick<Sent, 'outcome' | 'untold'> {
  if (error instanceof EgressDenied) {
    const outcome =
      'The egress policy denies the mail server. The log of the control plane says why'
    return { outcome, untold: error.message }
  }
  const words = connectionWords(error) ?? error.message.split('\n')[0]
  return { outcome: words ?? 'It could not be sent' }
}

function codeOf(response: string): number | null {
  const code = Number.parseInt(response, 10)
  return Number.isNaN(code) ? null : code
}
