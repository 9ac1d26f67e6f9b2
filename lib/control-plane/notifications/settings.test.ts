import { expect, test } from 'vitest'
import { notificationSettings } from './settings.ts'
import { TIMING } from './timing.ts'

test('without a mail server, both of its settings are missing', () => {
  expect(notificationSettings(null)).toEqual({
    smtp: null,
    missingSmtp: ['FAIRLEAD_SMTP_URL', 'FAIRLEAD_SMTP_FROM'],
    timing: TIMING,
  })
  const smtp = { url: 'smtp://mail.example.com:587', from: 'fairlead@example.com' }
  expect(notificationSettings(smtp)).toEqual({ smtp, missingSmtp: [], timing: TIMING })
})
