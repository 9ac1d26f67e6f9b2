import { isIP } from 'node:net'
import type { Context } from '../../context.ts'
import { deniedWebhook } from '../../egress/egress.ts'
import { invalidField, preconditionFailed } from '../../errors.ts'
import { targetOfUrl } from '../../notifications/send-webhook.ts'
import type { SubscriberRow } from '../../store/tables.ts'

/** Names that always resolve to loopback (RFC 6761 section 6.3). */
const LOCALHOST = /(?:^|\.)localhost\.?$/

/**
 * Requires that a subscriber's channel can be used. Names other than localhost are resolved at delivery.
 * @throws ApiError 412 without a mail server, 400 if the egress policy denies a webhook's address
 */
export function requireChannel(
  { notifications, egress }: Pick<Context, 'notifications' | 'egress'>,
  { email, uri }: Pick<SubscriberRow, 'email' | 'uri'>,
): void {
  if (email !== null && notifications.missingSmtp.length > 0) {
    const missing = notifications.missingSmtp.join(' and ')
    const help = `Email is not configured: set ${missing} and restart Fairlead, or use a webhook.`
    throw preconditionFailed('attribute_must_be_set', help)
  }
  if (uri === null) return
  const { host, port } = targetOfUrl(new URL(uri))
  const address = LOCALHOST.test(host) ? '127.0.0.1' : host
  if (isIP(address) === 0) return
  const problem = deniedWebhook({ address, port }, egress)
  if (problem) throw invalidField('webhook_config.uri', problem)
}
