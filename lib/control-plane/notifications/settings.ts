import * as z from 'zod'
import { TIMING, type Timing } from './timing.ts'

/** The mail server, as a URL: `smtp://user:password@mail.example.com:587`, and the sender. */
export type Smtp = { url: string; from: string }

/** How subscribers are told. */
export type NotificationSettings = {
  /** Null where no mail can be sent. */
  smtp: Smtp | null
  /** The variables that mail would need. */
  missingSmtp: string[]
  /** The ports that this installation answers on, where no webhook leads. */
  ownPorts: number[]
  timing: Timing
}

const URL_NAME = 'FAIRLEAD_SMTP_URL'
const FROM_NAME = 'FAIRLEAD_SMTP_FROM'

/**
 * `FAIRLEAD_SMTP_URL` and `FAIRLEAD_SMTP_FROM`, which go together, and the ports.
 * @throws Error in one line.
 */
export function readNotificationSettings(
  env: Readonly<Record<string, string | undefined>>,
): NotificationSettings {
  const url = env[URL_NAME] || null
  const from = env[FROM_NAME] || null
  if (url !== null) checkUrl(url)
  if (from !== null && !z.email().safeParse(from).success) {
    throw new Error(`${FROM_NAME} must be an email address. For example: fairlead@example.com`)
  }
  const missingSmtp = [...(url ? [] : [URL_NAME]), ...(from ? [] : [FROM_NAME])]
  if (missingSmtp.length === 1) {
    throw new Error(`${URL_NAME} and ${FROM_NAME} go together: set both or none.`)
  }
  const ports = [env.FAIRLEAD_API_PORT || '3001', env.FAIRLEAD_CONSOLE_PORT || env.PORT]
  return {
    smtp: url && from ? { url, from } : null,
    missingSmtp,
    ownPorts: ports.flatMap((port) => (port ? Number(port) : [])),
    timing: TIMING,
  }
}

/** What is wrong is said without the URL: it may hold a password. */
function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url && ['smtp:', 'smtps:'].includes(url.protocol) && url.hostname) return
  throw new Error(
    `${URL_NAME} must be the address of a mail server. For example: smtp://user:password@mail.example.com:587`,
  )
}
