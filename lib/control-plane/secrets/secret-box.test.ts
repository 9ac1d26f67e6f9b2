import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { isSealed, type Sealed, SecretBox, SecretProblem } from './secret-box.ts'

const ROW = { table: 'subscriber_secrets', id: 'a' } as const
const box = new SecretBox(randomBytes(32))

test('a secret is decrypted unchanged, and each encryption differs', () => {
  const sealed = box.seal('whsec_é', ROW)
  expect(isSealed(sealed)).toBe(true)
  expect(sealed).not.toContain('whsec_')
  expect(box.open(sealed, ROW)).toBe('whsec_é')
  expect(box.seal('whsec_é', ROW)).not.toBe(sealed)
  expect(box.open(box.seal('', ROW), ROW)).toBe('')
})

test.each<
  [
    string,
    (
      sealed: Sealed,
    ) => [SecretBox, string, { table: 'settings' | 'subscriber_secrets'; id: string }],
  ]
>([
  ['by another key', (sealed) => [new SecretBox(randomBytes(32)), sealed, ROW]],
  ['in another row', (sealed) => [box, sealed, { ...ROW, id: 'b' }]],
  ['in another table', (sealed) => [box, sealed, { ...ROW, table: 'settings' }]],
  ['after a byte was changed', (sealed) => [box, flipped(sealed, 20), ROW]],
  ['after its tag was changed', (sealed) => [box, flipped(sealed, sealed.length - 1), ROW]],
  ['after it was cut', (sealed) => [box, sealed.slice(0, 30), ROW]],
  ['in plain text', () => [box, 'whsec_x', ROW]],
])('a secret is not decrypted %s', (_case, change) => {
  const [opener, text, row] = change(box.seal('whsec_x', ROW))
  expect(() => opener.open(text as Sealed, row)).toThrow(SecretProblem)
})

function flipped(text: string, at: number): string {
  const other = text[at] === 'A' ? 'Q' : 'A'
  return text.slice(0, at) + other + text.slice(at + 1)
}
