import { expect, test } from 'vitest'
import { SharedText } from './shared-text.ts'

const textOf = async (shared: SharedText) => {
  const pieces: Uint8Array[] = []
  for await (const piece of shared.pieces()) pieces.push(piece)
  return { pieces, text: Buffer.concat(pieces).toString() }
}

test('concurrent requests share one text, and later ones get a new one', async () => {
  let made = 0
  const shared = new SharedText(async function* () {
    made += 1
    yield `${made} `
    yield 'ü'
  })
  const all = await Promise.all(Array.from({ length: 100 }, () => textOf(shared)))
  expect(new Set(all.map(({ text }) => text))).toEqual(new Set(['1 ü']))
  // In memory once, not a hundred times.
  expect(new Set(all.flatMap(({ pieces }) => pieces)).size).toBe(2)
  await expect.poll(async () => (await textOf(shared)).text).toBe('2 ü')
})

test('if producing the text fails, those requests fail and later ones get a new text', async () => {
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
