import { type KnownHosts, knownHosts } from '#lib/core/known-hosts.ts'
import { readChildSettings } from '#lib/protocol/settings/child-settings.ts'
import { ControlPlaneSettings } from '#lib/protocol/settings/control-plane-settings.ts'
import type { PasswordLimits } from './accounts/password-throttle.ts'
import type { Retention } from './audit/retention.ts'
import { type SyslogTarget, syslogTarget } from './audit/syslog/syslog-target.ts'
import { type NotificationSettings, notificationSettings } from './notifications/settings.ts'

export type Pools = ControlPlaneSettings['pools']
export type Credentials = NonNullable<ControlPlaneSettings['credentials']>

/** The supervisor's settings for the control plane, with what follows from them and what only tests change. */
export type Settings = Omit<
  ControlPlaneSettings,
  'publicOrigin' | 'allowedHosts' | 'smtp' | 'audit'
> & {
  /** The hosts that the API answers for. */
  known: KnownHosts
  notifications: NotificationSettings
  audit: { retention: Retention; syslog: SyslogTarget | null }
  logInFailures: PasswordLimits
}

/** Reads the settings that the supervisor has given this process. @throws Error with a one-line message */
export function readSettings(): Settings {
  const { publicOrigin, allowedHosts, smtp, audit, ...settings } =
    readChildSettings(ControlPlaneSettings)
  return {
    ...settings,
    known: knownHosts(settings.host, publicOrigin, allowedHosts),
    notifications: notificationSettings(smtp),
    audit: { ...audit, syslog: audit.syslog && syslogTarget(audit.syslog) },
    logInFailures: { account: 10, address: 30 },
  }
}
