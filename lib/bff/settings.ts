import { type KnownHosts, knownHosts } from '#lib/core/known-hosts.ts'
import { readChildSettings, SETTINGS_VARIABLE } from '#lib/protocol/settings/child-settings.ts'
import { ConsoleSettings } from '#lib/protocol/settings/console-settings.ts'

/** The settings that the supervisor has given the console. @throws Error with a one-line message */
export function consoleSettings(): ConsoleSettings {
  return readChildSettings(ConsoleSettings)
}

/** The hosts that the console answers for. */
export function consoleHosts({ host, publicOrigin, allowedHosts }: ConsoleSettings): KnownHosts {
  return knownHosts(host, publicOrigin, allowedHosts)
}

/** The ID of the installation; '' while the console is built, which needs no settings. */
export function installationId(): string {
  return process.env[SETTINGS_VARIABLE] ? consoleSettings().installationId : ''
}
