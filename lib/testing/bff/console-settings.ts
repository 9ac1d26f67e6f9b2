import { vi } from 'vitest'
import { settingsVariable } from '#lib/protocol/settings/child-settings.ts'
import { ConsoleSettings } from '#lib/protocol/settings/console-settings.ts'

const SETTINGS: ConsoleSettings = {
  host: '127.0.0.1',
  port: 3000,
  apiUrl: 'http://127.0.0.1:1',
  bffSecret: 'bff-secret',
  trustedProxies: [],
  publicOrigin: null,
  allowedHosts: [],
  installationId: '',
  demoServers: [],
}

/** Gives this process the settings of a console, until `vi.unstubAllEnvs()`. */
export function stubConsoleSettings(changes: Partial<ConsoleSettings> = {}): void {
  const variable = settingsVariable(ConsoleSettings, { ...SETTINGS, ...changes })
  for (const [name, value] of Object.entries(variable)) vi.stubEnv(name, value)
}
