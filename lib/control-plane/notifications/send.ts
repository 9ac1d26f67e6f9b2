import { EventBody } from '#lib/core/delivery.ts'
import type { Egress } from '../egress/egress.ts'
import type { SecretBox } from '../secrets/secret-box.ts'
import type { DueDelivery } from './outbox.ts'
import { sendEmail } from './send-email.ts'
import type { SendResult } from './send-result.ts'
import { sendWebhook } from './send-webhook.ts'
import type { NotificationSettings } from './settings.ts'

export type SendContext = {
  settings: NotificationSettings
  egress: Egress
  secrets: SecretBox
  /** Called right before something is sent. It may abort the attempt. */
  beforeSending: () => void
}

/** Attempts a delivery by the subscriber's current channel. Never throws. */
export async function send(
  { uri, email, sealed_secret, subscriber_id, event_id: id, body }: DueDelivery,
  { settings, egress, secrets, beforeSending }: SendContext,
  signal: AbortSignal,
): Promise<SendResult> {
  const { smtp, timing } = settings
  if (uri === null) {
    const event = EventBody.parse(JSON.parse(body))
    return sendEmail(email ?? '', event, { smtp, egress, signal, beforeSending })
  }
  let secret: string
  try {
    secret = secrets.open(sealed_secret, { table: 'subscriber_secrets', id: subscriber_id })
  } catch (error) {
    const outcome = "The signing secret can't be decrypted. Rotate the signing secret"
    return { delivered: false, status: null, outcome, logDetail: (error as Error).message }
  }
  return sendWebhook(
    { uri, secret, id, body },
    { egress, timeoutMs: timing.webhookTimeoutMs, signal, beforeSending },
  )
}
