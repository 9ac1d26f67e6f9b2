import { expect, test } from 'vitest'
import { readNotificationSettings } from './settings.ts'
import { TIMING } from './timing.ts'

const URL = 'smtp://user:hidden@mail.example.com:587'
const FROM = 'fairlead@example.com'
const EGRESS = { ownPorts: [3001], loopback: false, pools: [], webhookNetworks: null }

test('email needs both of its settings', () => {
  expect(readNotificationSettings({}, EGRESS)).toEqual({
    smtp: null,
    missingSmtp: ['FAIRLEAD_SMTP_URL', 'FAIRLEAD_SMTP_FROM'],
    timing: TIMING,
  })
  const env = { FAIRLEAD_SMTP_URL: URL, FAIRLEAD_SMTP_FROM: FROM }
  expect(readNotificationSettings(env, EGRESS)).toEqual({
    smtp: { url: URL, from: FROM },
    missingSmtp: [],
    timing: TIMING,
  })
})

test.each([
  [{ FAIRLEAD_SMTP_URL: URL }, /go together/],
  [{ FAIRLEAD_SMTP_FROM: FROM }, /go together/],
  [{ FAIRLEAD_SMTP_URL: 'http://hidden@x', FAIRLEAD_SMTP_FROM: FROM }, /address of a mail server/],
  [
    { FAIRLEAD_SMTP_URL: 'smtp://a:hidden@169.254.169.254', FAIRLEAD_SMTP_FROM: FROM },
    /^FAIRLEAD_SMTP_URL is not usable\. Traffic to 169\.254\.169\.254 is not allowed: it is a link-local address/,
  ],
  [
    { FAIRLEAD_SMTP_URL: 'smtps://a:hidden@[64:ff9b::7f00:1]:3001', FAIRLEAD_SMTP_FROM: FROM },
    /Fairlead itself listens there/,
  ],
  [{ FAIRLEAD_SMTP_URL: URL, FAIRLEAD_SMTP_FROM: 'a\r\nBcc: b' }, /must be an email address/],
])('%j is rejected, and the error contains no password', (env, words) => {
  expect(() => readNotificationSettings(env, EGRESS)).toThrow(words)
  expect(() => readNotificationSettings(env, EGRESS)).not.toThrow(/hidden/)
})
