import { EventBody } from '#lib/core/delivery.ts'
import type { Egress } from '../egress/egress.ts'
import type { SecretBox } from '../secrets/secret-box.ts'
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

export type Way = { settings: NotificationSettings; egress: Egress; secrets: SecretBox }

/** Sends what is due the way that its subscriber has now. Never throws. */
export async function send(
  { uri, email, sealed_secret, subscriber_id, event_id: id, body }: Due,
  { settings, egress, secrets }: Way,
  signal: AbortSignal,
): Promise<Sent> {
  const { smtp, timing } = settings
  if (uri === null) {
    return sendEmail(email ?? '', EventBody.parse(JSON.parse(body)), { smtp, egress, signal })
  }
  let secret: string
  try {
    secret = secrets.open(sealed_secret, { table: 'subscriber_secrets', id: subscriber_id })
  } catch (error) {
    const outcome = "The signing secret can't be decrypted. Make a new signing secret"
    return { delivered: false, status: null, outcome, untold: (error as Error).message }
  }
  return sendWebhook({ uri, secret, id, body }, { egress, answerMs: timing.answerMs, signal })
}
