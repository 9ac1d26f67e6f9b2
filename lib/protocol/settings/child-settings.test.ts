import { describe, expect, test } from 'vitest'
import { networksOf } from '#lib/core/networks.ts'
import { readChildSettings, settingsVariable } from './child-settings.ts'
import { ConsoleSettings } from './console-settings.ts'

const SETTINGS: ConsoleSettings = {
  host: '::1',
  port: 3000,
  apiUrl: 'http://[::1]:3001',
  bffSecret: 'bff-secret',
  trustedProxies: networksOf(['10.0.0.0/8', 'fd00::/8']),
  publicOrigin: 'https://console.example.com',
  allowedHosts: ['lb.internal'],
  installationId: 'abc',
  demoServers: [],
}

describe('the settings of a child process', () => {
  test('arrive as they were sent, IPv6 networks too', () => {
    const env = settingsVariable(ConsoleSettings, SETTINGS)
    expect(readChildSettings(ConsoleSettings, env)).toEqual(SETTINGS)
  })

  test.each([
    [undefined, /^FAIRLEAD_SETTINGS is not set\. Start Fairlead with "npm start"/],
    ['', /^FAIRLEAD_SETTINGS is not set/],
    ['{"bffSecret":"hidden"', /^FAIRLEAD_SETTINGS is invalid: it is not JSON\.$/],
    ['{"host":"hidden"}', /^FAIRLEAD_SETTINGS is invalid: port: /],
    [JSON.stringify({ ...SETTINGS, trustedProxies: [], port: 'hidden' }), /invalid: port: /],
  ])('%s is refused with a one-line error that contains no values', (text, words) => {
    const read = () => readChildSettings(ConsoleSettings, { FAIRLEAD_SETTINGS: text })
    expect(read).toThrow(words)
    expect(read).toThrow(/^[^\n]+$/)
    expect(read).not.toThrow(/hidden/)
  })
})
