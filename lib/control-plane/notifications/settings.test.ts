import { expect, test } from 'vitest'
import { readNotificationSettings } from './settings.ts'
import { TIMING } from './timing.ts'

const URL = 'smtp://user:hidden@mail.example.com:587'
const FROM = 'fairlead@example.com'

test('mail needs both of its settings', () => {
  expect(readNotificationSettings({})).toEqual({
    smtp: null,
    missingSmtp: ['FAIRLEAD_SMTP_URL', 'FAIRLEAD_SMTP_FROM'],
    ownPorts: [3001],
    timing: TIMING,
  })
  const env = { FAIRLEAD_SMTP_URL: URL, FAIRLEAD_SMTP_FROM: FROM, FAIRLEAD_CONSOLE_PORT: '3000' }
  expect(readNotificationSettings(env)).toEqual({
    smtp: { url: URL, from: FROM },
    missingSmtp: [],
    ownPorts: [3001, 3000],
    timing: TIMING,
  })
})

test.each([
  [{ FAIRLEAD_SMTP_URL: URL }, /go together/],
  [{ FAIRLEAD_SMTP_FROM: FROM }, /go together/],
  [{ FAIRLEAD_SMTP_URL: 'http://hidden@x', FAIRLEAD_SMTP_FROM: FROM }, /address of a mail server/],
  [{ FAIRLEAD_SMTP_URL: URL, FAIRLEAD_SMTP_FROM: 'a\r\nBcc: b' }, /must be an email address/],
])('%j is refused, and no password is told', (env, words) => {
  expect(() => readNotificationSettings(env)).toThrow(words)
  expect(() => readNotificationSettings(env)).not.toThrow(/hidden/)
})
