import type { ConsoleSettings } from '#lib/protocol/settings/console-settings.ts'
import { type ListenSettings, urlOf } from './listen-settings.ts'

/** The settings of the console that come from the environment; the supervisor chooses the others at its start. */
export type ConsoleOptions = Omit<ConsoleSettings, 'bffSecret' | 'installationId' | 'demoServers'>

export function consoleOptions(settings: ListenSettings): ConsoleOptions {
  const { host, consolePort, apiPort, trustedProxies, publicOrigin, allowedHosts } = settings
  return {
    host,
    port: consolePort,
    apiUrl: urlOf(host, apiPort),
    trustedProxies,
    publicOrigin,
    allowedHosts,
  }
}
