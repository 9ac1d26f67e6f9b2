import { expect, test } from 'vitest'
import { HIDDEN, type RedactionContext, redact } from './redaction.ts'

const ADA = 'ada@example.com'
const HOOK = 'https://hooks.example/SECRET'
const reading: RedactionContext = {
  ownId: 'me',
  ownName: 'me@example.com',
  names: new Map([['bob', 'Bob']]),
}

test.each([
  ['a webhook', { webhook_config: { uri: HOOK } }, { webhook_config: { uri: HIDDEN } }],
  ['a mail subscriber', { email_config: { email: ADA } }, { email_config: { email: HIDDEN } }],
  [
    'a subscriber’s row',
    { before: { name: 'x', email: null, uri: HOOK }, after: { name: 'x', email: ADA, uri: null } },
    {
      before: { name: 'x', email: null, uri: HIDDEN },
      after: { name: 'x', email: HIDDEN, uri: null },
    },
  ],
  ['a health check', { http_config: { uri: '/a@b' } }, { http_config: { uri: '/a@b' } }],
  [
    'a load balancer with an address in its description',
    { id: '1', name: 'a@b.example', description: ADA },
    { id: '1', name: 'a@b.example', description: ADA },
  ],
  ['a person', { id: '1', email: ADA, name: 'Ada' }, { id: '1', email: HIDDEN, name: 'Ada' }],
  [
    'a nameless person',
    { id: '1', email: ADA, name: ADA },
    { id: '1', email: HIDDEN, name: HIDDEN },
  ],
  [
    'the reader’s own account',
    { id: 'me', email: 'me@example.com', name: 'me@example.com' },
    { id: 'me', email: 'me@example.com', name: 'me@example.com' },
  ],
  [
    'actors',
    [
      { kind: 'account', id: 'bob', name: 'bob@example.com' },
      { kind: 'account', id: '01234567-89ab', name: ADA },
      { kind: 'account', name: ADA },
      { kind: 'account', id: 'me', name: 'me@example.com' },
      { kind: 'token', id: 'SCW1', name: 'SCW1' },
    ],
    [
      { kind: 'account', id: 'bob', name: 'Bob' },
      { kind: 'account', id: '01234567-89ab', name: 'account 01234567' },
      { kind: 'account', name: HIDDEN },
      { kind: 'account', id: 'me', name: 'me@example.com' },
      { kind: 'token', id: 'SCW1', name: 'SCW1' },
    ],
  ],
  ['a token that somebody made', { created_by: ADA }, { created_by: HIDDEN }],
  ['a token that a token made', { created_by: 'SCW1' }, { created_by: 'SCW1' }],
  ['a token of one’s own', { created_by: 'me@example.com' }, { created_by: 'me@example.com' }],
  [
    'what came of deliveries',
    [{ outcome: 'HTTP 200' }, { outcome: `550 <${ADA}> unknown` }],
    [{ outcome: 'HTTP 200' }, { outcome: HIDDEN }],
  ],
])('%s', (_case, value, seen) => {
  expect(redact(value, reading)).toEqual(seen)
})
