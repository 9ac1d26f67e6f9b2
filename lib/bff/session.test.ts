import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { stubConsoleSettings } from '#lib/testing/bff/console-settings.ts'
import { endedSessionCookies, hasSecureSession, sessionCookie, sessionToken } from './session.ts'

const token = 'abcdefghijklmnopqrstuvwxyz.123+/='

describe('the session cookie', () => {
  test('over http it is HttpOnly and SameSite=Lax', () => {
    expect(sessionCookie(token, 'http://10.0.0.4:3000')).toBe(
      `fairlead_session=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800`,
    )
  })

  test('over https it is also Secure and has the __Host- prefix', () => {
    const cookie = sessionCookie(token, 'https://console.example')
    expect(cookie).toMatch(/^__Host-fairlead_session=/)
    expect(cookie).toContain('; Path=/; HttpOnly; SameSite=Lax')
    expect(cookie).toMatch(/; Secure$/)
    expect(cookie).not.toContain('Domain')
  })

  test.each([
    ['alone', `fairlead_session=${token}`, token],
    ['among others', `theme=dark; fairlead_session=${token}; x=y`, token],
    ['secure', `__Host-fairlead_session=${token}`, token],
    [
      'secure before plain',
      `fairlead_session=${'z'.repeat(20)}; __Host-fairlead_session=${token}`,
      token,
    ],
    ['missing', 'theme=dark', null],
    ['no cookies', null, null],
    ['empty', 'fairlead_session=', null],
    ['too short', 'fairlead_session=abc', null],
    ['with a space', `fairlead_session=${token} x`, null],
    ['with a line break', `fairlead_session=${token}\r\nx`, null],
    ['too long', `fairlead_session=${'a'.repeat(600)}`, null],
    ['a name that ends so', `my_fairlead_session=${token}`, null],
  ])('is read: %s', (_, header, expected) => {
    expect(sessionToken(header)).toBe(expected)
  })

  test('is deleted under each name that the browser sent', () => {
    expect(endedSessionCookies(`fairlead_session=${token}`)).toEqual([
      'fairlead_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0',
    ])
    expect(endedSessionCookies(`__Host-fairlead_session=${token}`)).toEqual([
      '__Host-fairlead_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure',
    ])
    expect(endedSessionCookies('theme=dark')).toEqual([])
  })

  test('under its https name shows that the visitor uses https', () => {
    expect(hasSecureSession(`__Host-fairlead_session=${token}`)).toBe(true)
    expect(hasSecureSession(`fairlead_session=${token}`)).toBe(false)
  })
})

describe('with the installation ID', () => {
  afterEach(() => vi.unstubAllEnvs())
  beforeEach(() => stubConsoleSettings())
  const of = (id: string) => stubConsoleSettings({ installationId: id })
  const other = 'another-session-of-another-installation'

  test('the session is distinct from that of an installation on another port', () => {
    of('0a1b2c3d4e5f')
    expect(sessionCookie(token, 'http://10.0.0.4:3000')).toMatch(/^fairlead_session_0a1b2c3d4e5f=/)
    expect(sessionCookie(token, 'https://console.example')).toMatch(
      /^__Host-fairlead_session_0a1b2c3d4e5f=/,
    )
    const cookies = `fairlead_session_ffffffffffff=${other}; fairlead_session_0a1b2c3d4e5f=${token}`
    expect(sessionToken(cookies)).toBe(token)
    expect(endedSessionCookies(cookies)).toEqual([
      'fairlead_session_0a1b2c3d4e5f=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0',
    ])
    of('ffffffffffff')
    expect(sessionToken(cookies)).toBe(other)
    of('eeeeeeeeeeee')
    expect(sessionToken(cookies)).toBeNull()
    expect(endedSessionCookies(cookies)).toEqual([])
    expect(hasSecureSession(`__Host-fairlead_session_ffffffffffff=${other}`)).toBe(false)
  })

  test('an ID with characters that could change the cookie is refused', () => {
    const settings = JSON.parse(process.env.FAIRLEAD_SETTINGS ?? '{}')
    vi.stubEnv('FAIRLEAD_SETTINGS', JSON.stringify({ ...settings, installationId: 'a; Domain=b' }))
    expect(() => sessionCookie(token, null)).toThrow(/installationId/)
  })
})
