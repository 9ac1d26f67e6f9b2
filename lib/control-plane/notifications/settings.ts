import type { ControlPlaneSettings } from '#lib/protocol/settings/control-plane-settings.ts'
import { TIMING, type Timing } from './timing.ts'

/** The mail server, as a URL: `smtp://user:password@mail.example.com:587`, and the sender. */
export type Smtp = NonNullable<ControlPlaneSettings['smtp']>

/** The settings of notifications. */
export type NotificationSettings = {
  /** Null if email isn't configured. */
  smtp: Smtp | null
  /** The environment variables that email needs and that are not set. */
  missingSmtp: string[]
  timing: Timing
}

export const SMTP_URL = 'FAIRLEAD_SMTP_URL'
export const SMTP_FROM = 'FAIRLEAD_SMTP_FROM'

export function notificationSettings(smtp: Smtp | null): NotificationSettings {
  return { smtp, missingSmtp: smtp ? [] : [SMTP_URL, SMTP_FROM], timing: TIMING }
}
