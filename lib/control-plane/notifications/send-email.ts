import { createTransport } from 'nodemailer'
import type { EventBody } from '#lib/core/delivery.ts'
import { contain } from '#lib/process/faults.ts'
import { messageOf } from './email-message.ts'
import type { Sent } from './send.ts'
import type { Smtp } from './settings.ts'

/** How long the mail server may take to be there, and for each of its answers. Milliseconds. */
const CONNECT_MS = 5000
const ANSWER_MS = 10_000

/** Sends an event as a mail, once. Never throws. */
export async function sendEmail(
  smtp: Smtp | null,
  email: string,
  event: EventBody,
  signal: AbortSignal,
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
    const { responseCode, message } = error as Error & { responseCode?: number }
    const outcome = message.split('\n')[0] ?? 'It could not be sent'
    return { delivered: false, status: responseCode ?? null, outcome }
  } finally {
    signal.removeEventListener('abort', stop)
    transport.close()
  }
}

function codeOf(response: string): number | null {
  const code = Number.parseInt(response, 10)
  return Number.isNaN(code) ? null : code
}
