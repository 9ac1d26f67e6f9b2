import { expect, test, vi } from 'vitest'
import { runMailServer } from '#lib/testing/control-plane/mail-server.ts'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import type { Egress } from '../egress/egress.ts'
import { messageOf } from './email-message.ts'
import { lbErrorEvent, testEvent } from './events.ts'
import { sendEmail } from './send-email.ts'
import { TIMING } from './timing.ts'

const until = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 20 })

const AT = '2026-01-01T10:00:00.000Z'
const FROM = 'fairlead@example.com'
const EGRESS: Egress = { ownPorts: [], loopback: true, pools: [], webhookNetworks: null }
const WAY = { egress: EGRESS, signal: new AbortController().signal }

test('a subscriber by email gets a mail', async () => {
  await using mailServer = await runMailServer()
  await using controlPlane = await runControlPlane({
    notifications: {
      smtp: { url: mailServer.url, from: FROM },
      missingSmtp: [],
      timing: { ...TIMING, pollMs: 20 },
    },
  })
  const { body } = await controlPlane.call('POST', '/lb/v1/regions/fr-par/subscribers', {
    name: 'Ada',
    email_config: { email: 'ada@example.com' },
  })
  expect(body).toMatchObject({ email_config: { email: 'ada@example.com' } })
  const own = `/fairlead/v1/subscribers/${body.id}`
  await controlPlane.call('POST', `${own}/test`)
  await until(() => expect(mailServer.mails).toHaveLength(1))
  const [mail] = mailServer.mails
  expect(mail?.to).toEqual(['ada@example.com'])
  expect(mail?.text).toContain('This is a test for subscriber "Ada".')
  expect(mail?.text).toContain('Auto-Submitted: auto-generated')
  await until(async () => {
    const { deliveries } = (await controlPlane.call('GET', `${own}/deliveries`)).body
    expect(deliveries[0]).toMatchObject({ status: 'delivered', attempts: [{ status: 250 }] })
  })
})

test('the result contains the reply of the mail server, and no password', async () => {
  await using refusing = await runMailServer({ refuse: true })
  const event = testEvent(AT, { name: 'x' })
  const smtp = { url: refusing.url, from: FROM }
  expect(await sendEmail('ada@example.com', event, { smtp, ...WAY })).toMatchObject({
    delivered: false,
    status: 550,
    outcome: expect.stringContaining('no such user'),
  })
  const wrong = { url: refusing.url.replace(':secret@', ':hidden@'), from: FROM }
  const denied = await sendEmail('ada@example.com', event, { smtp: wrong, ...WAY })
  expect(denied).toMatchObject({ delivered: false, status: 535 })
  expect(denied.outcome).not.toContain('hidden')
})

test('names can’t inject headers', async () => {
  await using mailServer = await runMailServer()
  const lb = {
    id: '1',
    name: 'x\r\nBcc: eve@example.com\u2028y',
    region: 'fr-par',
    zone: 'fr-par-1',
  }
  const event = lbErrorEvent(lb as Parameters<typeof lbErrorEvent>[0], AT, [
    'a\nTo: eve@example.com',
  ])
  expect(messageOf(event, FROM, 'ada@example.com').subject).not.toMatch(/[\r\n\u2028]/)
  const smtp = { url: mailServer.url, from: FROM }
  await sendEmail('ada@example.com', event, { smtp, ...WAY })
  const [mail] = mailServer.mails
  expect(mail?.to).toEqual(['ada@example.com'])
  const head = mail?.text.split('\r\n\r\n')[0] ?? ''
  expect(head.match(/^(Bcc|To):.*$/gim)).toEqual(['To: ada@example.com'])
})
