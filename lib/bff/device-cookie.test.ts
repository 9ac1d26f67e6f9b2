import { expect, test, vi } from 'vitest'
import { stubConsoleSettings } from '#lib/testing/bff/console-settings.ts'
import { deviceCookie, deviceToken } from './device-cookie.ts'

const TOKEN = 'account.device-device.1700000000000.signature-signature'

test('over https the cookie is HttpOnly, Secure and has the __Host- prefix, and it outlives sessions', () => {
  const flags = 'Path=/; HttpOnly; SameSite=Lax; Max-Age=15552000'
  expect(deviceCookie(TOKEN, 'https://lb.example')).toBe(
    `__Host-fairlead_device=${TOKEN}; ${flags}; Secure`,
  )
  expect(deviceCookie(TOKEN, 'http://127.0.0.1:3000')).toBe(`fairlead_device=${TOKEN}; ${flags}`)
})

test('its name contains the installation ID, so that installations on one host don’t replace each other’s', () => {
  stubConsoleSettings({ installationId: 'abc' })
  expect(deviceCookie(TOKEN, null)).toMatch(/^fairlead_device_abc=/)
  expect(deviceToken(`fairlead_device=${TOKEN}`)).toBe(null)
  vi.unstubAllEnvs()
})

test.each([
  [null, null],
  ['fairlead_session=abc', null],
  [`fairlead_device=${TOKEN}`, TOKEN],
  [`a=b; __Host-fairlead_device=${TOKEN}; fairlead_device=other-other-other`, TOKEN],
  ['fairlead_device=short', null],
  [`fairlead_device=${'x'.repeat(300)}`, null],
  ['fairlead_device=line\r\nbreak-line-break', null],
])('of %j it is %j', (header, token) => {
  expect(deviceToken(header)).toBe(token)
})
