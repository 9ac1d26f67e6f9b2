import { EventBody } from '#lib/core/delivery.ts'
import type { Due } from './outbox.ts'
import { sendEmail } from './send-email.ts'
import { sendWebhook } from './send-webhook.ts'
import type { NotificationSettings } from './settings.ts'

/** What came of one attempt: the receiver's status, or the mail server's reply code, and words. */
export type Sent = { delivered: boolean; status: number | null; outcome: string }

/** Sends what is due the way that its subscriber has now. Never throws. */
export function send(
  { uri, email, secret, event_id: id, body }: Due,
  { smtp, ownPorts, timing }: NotificationSettings,
  signal: AbortSignal,
): Promise<Sent> {
  if (uri !== null) {
    const limits = { ownPorts, answerMs: timing.answerMs, signal }
    return sendWebhook({ uri, secret, id, body }, limits)
  }
  return sendEmail(smtp, email ?? '', EventBody.parse(JSON.parse(body)), signal)
}
