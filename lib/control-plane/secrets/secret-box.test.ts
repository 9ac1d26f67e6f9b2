import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { isSealed, type Sealed, SecretBox, SecretProblem } from './secret-box.ts'

const PLACE = { table: 'subscriber_secrets', id: 'a' } as const
const box = new SecretBox(randomBytes(32))

test('a secret comes back as it was, and is never encrypted alike twice', () => {
  const sealed = box.seal('whsec_é', PLACE)
  expect(isSealed(sealed)).toBe(true)
  expect(sealed).not.toContain('whsec_')
  expect(box.open(sealed, PLACE)).toBe('whsec_é')
  expect(box.seal('whsec_é', PLACE)).not.toBe(sealed)
  expect(box.open(box.seal('', PLACE), PLACE)).toBe('')
})

test.each<
  [
    string,
    (
      sealed: Sealed,
    ) => [SecretBox, string, { table: 'settings' | 'subscriber_secrets'; id: string }],
  ]
>([
  ['by another key', (sealed) => [new SecretBox(randomBytes(32)), sealed, PLACE]],
  ['in another row', (sealed) => [box, sealed, { ...PLACE, id: 'b' }]],
  ['in another table', (sealed) => [box, sealed, { ...PLACE, table: 'settings' }]],
  ['after a byte was changed', (sealed) => [box, flipped(sealed, 20), PLACE]],
  ['after its tag was changed', (sealed) => [box, flipped(sealed, sealed.length - 1), PLACE]],
  ['after it was cut', (sealed) => [box, sealed.slice(0, 30), PLACE]],
  ['in plain text', () => [box, 'whsec_x', PLACE]],
])('a secret is not decrypted %s', (_case, change) => {
  const [opener, text, place] = change(box.seal('whsec_x', PLACE))
  expect(() => opener.open(text as Sealed, place)).toThrow(SecretProblem)
})

function flipped(text: string, at: number): string {
  const other = text[at] === 'A' ? 'Q' : 'A'
  return text.slice(0, at) + other + text.slice(at + 1)
}
