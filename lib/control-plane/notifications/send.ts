import { EventBody } from '#lib/core/delivery.ts'
import type { Egress } from '../egress/egress.ts'
import type { Due } from './outbox.ts'
import { sendEmail } from './send-email.ts'
import { sendWebhook } from './send-webhook.ts'
import type { NotificationSettings } from './settings.ts'

/** What came of one attempt: the receiver's status, or the mail server's reply code, and words. */
export type Sent = {
  delivered: boolean
  status: number | null
  outcome: string
  /** What is not for the people who see the delivery, but for the log. */
  untold?: string
}

/** Sends what is due the way that its subscriber has now. Never throws. */
export function send(
  { uri, email, secret, event_id: id, body }: Due,
  { smtp, timing }: NotificationSettings,
  egress: Egress,
  signal: AbortSignal,
): Promise<Sent> {
  if (uri !== null) {
    const limits = { egress, answerMs: timing.answerMs, signal }
    return sendWebhook({ uri, secret, id, body }, limits)
  }
  return sendEmail(email ?? '', EventBody.parse(JSON.parse(body)), { smtp, egress, signal })
}
