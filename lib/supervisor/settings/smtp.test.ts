import { expect, test } from 'vitest'
import { readSmtp } from './smtp.ts'

const URL = 'smtp://user:hidden@mail.example.com:587'
const FROM = 'fairlead@example.com'
const EGRESS = { ownPorts: [3001], loopback: false, pools: [], webhookNetworks: null }

test('email is configured if both settings are set', () => {
  expect(readSmtp({}, EGRESS)).toBeNull()
  const env = { FAIRLEAD_SMTP_URL: URL, FAIRLEAD_SMTP_FROM: FROM }
  expect(readSmtp(env, EGRESS)).toEqual({ url: URL, from: FROM })
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
  expect(() => readSmtp(env, EGRESS)).toThrow(words)
  expect(() => readSmtp(env, EGRESS)).not.toThrow(/hidden/)
})
