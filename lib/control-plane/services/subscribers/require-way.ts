import { isIP } from 'node:net'
import type { Context } from '../../context.ts'
import { invalidField, preconditionFailed } from '../../errors.ts'
import { forbiddenTarget } from '../../reach/forbidden-target.ts'
import type { SubscriberRow } from '../../store/tables.ts'

/**
 * Whether a subscriber could be told anything that way.
 * @throws ApiError 412 without a mail server, 400 where a webhook's address is one that nothing is sent to
 */
export function requireWay(
  { notifications }: Pick<Context, 'notifications'>,
  { email, uri }: Pick<SubscriberRow, 'email' | 'uri'>,
): void {
  if (email !== null && notifications.missingSmtp.length > 0) {
    const missing = notifications.missingSmtp.join(' and ')
    const help = `No mail can be sent: set ${missing} and start Fairlead again, or use a webhook.`
    throw preconditionFailed('attribute_must_be_set', help)
  }
  if (uri === null) return
  const { hostname, port, protocol } = new URL(uri)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) === 0) return
  const target = { address: host, port: Number(port || (protocol === 'https:' ? 443 : 80)) }
  const problem = forbiddenTarget(target, notifications.ownPorts)
  if (problem) throw invalidField('webhook_config.uri', problem)
}
