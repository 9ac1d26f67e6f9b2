import { isIP } from 'node:net'
import { Email } from '#lib/core/account.ts'
import { deniedMailServer, type Egress } from '../egress/egress.ts'
import { hostOfUrl } from '../egress/resolve-target.ts'
import { TIMING, type Timing } from './timing.ts'

/** The mail server, as a URL: `smtp://user:password@mail.example.com:587`, and the sender. */
export type Smtp = { url: string; from: string }

/** The settings of notifications. */
export type NotificationSettings = {
  /** Null if email isn't configured. */
  smtp: Smtp | null
  /** The environment variables that email needs and that are not set. */
  missingSmtp: string[]
  timing: Timing
}

const URL_NAME = 'FAIRLEAD_SMTP_URL'
const FROM_NAME = 'FAIRLEAD_SMTP_FROM'

/**
 * Parses `FAIRLEAD_SMTP_URL` and `FAIRLEAD_SMTP_FROM`, which must be set together.
 * @throws Error in one line.
 */
export function readNotificationSettings(
  env: Readonly<Record<string, string | undefined>>,
  egress: Egress,
): NotificationSettings {
  const url = env[URL_NAME] || null
  const from = env[FROM_NAME] || null
  if (url !== null) checkUrl(url, egress)
  if (from !== null && !Email.safeParse(from).success) {
    throw new Error(`${FROM_NAME} must be an email address. For example: fairlead@example.com`)
  }
  const missingSmtp = [...(url ? [] : [URL_NAME]), ...(from ? [] : [FROM_NAME])]
  if (missingSmtp.length === 1) {
    throw new Error(`${URL_NAME} and ${FROM_NAME} go together: set both or none.`)
  }
  return {
    smtp: url && from ? { url, from } : null,
    missingSmtp,
    timing: TIMING,
  }
}

/** Errors don't contain the URL, which may contain a password. */
function checkUrl(text: string, egress: Egress): void {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || !url.hostname) {
    throw new Error(
      `${URL_NAME} must be the address of a mail server. For example: smtp://user:password@mail.example.com:587`,
    )
  }
  const { host: address, port } = mailServerOf(url)
  const denied = isIP(address) ? deniedMailServer({ address, port }, egress) : null
  if (denied) throw new Error(`${URL_NAME} is not usable. ${denied}`)
}

/** The mail server's host and port. Default: the submission ports (RFC 6409, RFC 8314). */
function mailServerOf(url: URL): { host: string; port: number } {
  return { host: hostOfUrl(url), port: Number(url.port) || (url.protocol === 'smtps:' ? 465 : 587) }
}
