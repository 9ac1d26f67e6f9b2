import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import type { AuditLine } from '#lib/core/audit.ts'
import { VERSION } from '#lib/process/version.ts'
import { syslogMessage } from './syslog-message.ts'

const line = (changes: Partial<AuditLine> = {}): AuditLine => ({
  id: 'e7',
  at: '2026-07-21T10:17:00.123456Z',
  event: 'denied',
  actor: { kind: 'token', name: 'SCW1' },
  address: '192.0.2.1',
  detail: 'POST /x',
  details: [],
  count: 1,
  last_at: '2026-07-21T10:17:00.123456Z',
  request_id: 'r1',
  change: null,
  ...changes,
})

const ORIGIN = `[origin software="fairlead" swVersion="${VERSION}"]`

test('a denial has the facility log audit and the severity warning, with its fields as structured data', () => {
  expect(syslogMessage(line(), 8192).toString()).toBe(
    `<108>1 2026-07-21T10:17:00.123456Z ${hostname()} fairlead ${process.pid} denied ${ORIGIN}` +
      '[fairlead@32473 id="e7" event="denied" actorKind="token" actor="SCW1" address="192.0.2.1" count="1"' +
      ' lastAt="2026-07-21T10:17:00.123456Z" requestId="r1" detail="POST /x"]' +
      ' denied by token SCW1 from 192.0.2.1: POST /x',
  )
})

test('a change has the severity notice and names the resource, without its content', () => {
  const resource = { type: 'lb', id: '1' } as const
  const after = { name: 'shop', description: 'a secret' }
  const change = { verb: 'create', resource, lb_id: '1', before: null, after }
  const actor = { kind: 'account', name: 'ada@example.com' } as const
  const changed = line({ event: 'change', actor, address: null, detail: null, change })
  const message = syslogMessage(changed, 8192).toString()
  expect(message).toMatch(/^<109>1 /)
  expect(message).toContain(
    ' requestId="r1" verb="create" resourceType="lb" resourceId="1" resourceName="shop" lbId="1"] ' +
      'change by account ada@example.com: create lb shop',
  )
  expect(message).not.toContain('secret')
})

test('values are escaped, and text beyond ASCII is marked as UTF-8', () => {
  const actor = { kind: 'account', name: 'a"]\\ [x y="z"]\r\n<34>1 été' } as const
  const message = syslogMessage(line({ actor, detail: 'GET /\u2028' }), 8192).toString()
  expect(message).toContain(
    ' actor="a\\"\\]\\\\ [x y=\\"z\\"\\]\\\\u{d}\\\\u{a}<34>1 été" address="192.0.2.1"',
  )
  expect(message).toContain('] \u{feff}denied by account a"]\\ [x y="z"]\\u{d}\\u{a}<34>1 été from')
  expect(message).not.toMatch(/[\n\r\u2028]/)
})

test('repeated details are listed with their counts, as far as they fit', () => {
  const details = Array.from({ length: 20 }, (_, at) => ({
    detail: `GET /${'é'.repeat(190)}${at}`,
    count: at + 1,
  }))
  const repeated = line({ details, count: 300 })
  const whole = syslogMessage(repeated, 8192)
  expect(whole.length).toBeLessThanOrEqual(8192)
  const details8192 = whole.toString().match(/ detail="\d+ × GET/g) ?? []
  expect(details8192.length).toBeGreaterThan(15)
  const short = syslogMessage(repeated, 2048)
  expect(short.length).toBeLessThanOrEqual(2048)
  expect(short.toString()).toMatch(
    / detail="\d × GET \/é+\d"\] denied by token SCW1.*\(300 times\)$/,
  )
  const name = '\u{1f600}'.repeat(100)
  for (const max of [900, 901, 902, 903]) {
    const cut = syslogMessage(line({ actor: { kind: 'account', name } }), max)
    expect(cut.length).toBeLessThanOrEqual(max)
    expect(cut.toString()).not.toContain('\u{fffd}')
  }
})
