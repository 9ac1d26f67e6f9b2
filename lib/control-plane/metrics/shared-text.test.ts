import { expect, test } from 'vitest'
import { SharedText } from './shared-text.ts'

const textOf = async (shared: SharedText) => {
  const pieces: Uint8Array[] = []
  for await (const piece of shared.pieces()) pieces.push(piece)
  return { pieces, text: Buffer.concat(pieces).toString() }
}

test('a text is made once for all who ask at once, and again later', async () => {
  let made = 0
  const shared = new SharedText(async function* () {
    made += 1
    yield `${made} `
    yield 'ü'
  })
  const all = await Promise.all(Array.from({ length: 100 }, () => textOf(shared)))
  expect(new Set(all.map(({ text }) => text))).toEqual(new Set(['1 ü']))
  // Kept once, not a hundred times.
  expect(new Set(all.flatMap(({ pieces }) => pieces)).size).toBe(2)
  await expect.poll(async () => (await textOf(shared)).text).toBe('2 ü')
})

test('where making it fails, those who ask are told, and later ones get another', async () => {
  let made = 0
  const shared = new SharedText(async function* () {
    made += 1
    if (made === 1) throw new Error('broken')
    yield 'text'
  })
  const both = await Promise.allSettled([textOf(shared), textOf(shared)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect
    .poll(() =>
      textOf(shared).then(
        ({ text }) => text,
        () => '',
      ),
    )
    .toBe('text')
})
