import { isIP } from 'node:net'
import { deniedMailServer, type Egress } from '#lib/control-plane/egress/egress.ts'
import { hostOfUrl } from '#lib/control-plane/egress/resolve-target.ts'
import { SMTP_FROM, SMTP_URL, type Smtp } from '#lib/control-plane/notifications/settings.ts'
import { Email } from '#lib/core/account.ts'
import type { Environment } from './environment.ts'

/**
 * Reads `FAIRLEAD_SMTP_URL` and `FAIRLEAD_SMTP_FROM`; null if neither is set.
 * @throws Error with a one-line message
 */
export function readSmtp(env: Environment, egress: Egress): Smtp | null {
  const url = env[SMTP_URL] || null
  const from = env[SMTP_FROM] || null
  if (url !== null) checkUrl(url, egress)
  if (from !== null && !Email.safeParse(from).success) {
    throw new Error(`${SMTP_FROM} must be an email address. For example: fairlead@example.com`)
  }
  if (url && from) return { url, from }
  if (url || from) throw new Error(`${SMTP_URL} and ${SMTP_FROM} go together: set both or none.`)
  return null
}

/** Errors don't contain the URL, which may contain a password. */
function checkUrl(text: string, egress: Egress): void {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || !url.hostname) {
    throw new Error(
      `${SMTP_URL} must be the address of a mail server. For example: smtp://user:password@mail.example.com:587`,
    )
  }
  const { host: address, port } = mailServerOf(url)
  const denied = isIP(address) ? deniedMailServer({ address, port }, egress) : null
  if (denied) throw new Error(`${SMTP_URL} is not usable. ${denied}`)
}

/** The mail server's host and port. Default: the submission ports (RFC 6409, RFC 8314). */
function mailServerOf(url: URL): { host: string; port: number } {
  return { host: hostOfUrl(url), port: Number(url.port) || (url.protocol === 'smtps:' ? 465 : 587) }
}
