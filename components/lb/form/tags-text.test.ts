import { expect, test } from 'vitest'
import { tagsOf, tagsText } from './tags-text.ts'

test.each([
  [['web', 'prod'], 'web, prod'],
  [['team=web,core', 'env=prod'], '"team=web,core", env=prod'],
  [[' a ', '"b"', '5"', ''], '" a ", "\\"b\\"", 5", ""'],
  [['a', 'a'], 'a, "a"'],
  [['a\nb', 'c\\d'], '"a\\nb", c\\d'],
  [[], ''],
])('the tags %j are %s', (tags, text) => {
  expect(tagsText(tags)).toBe(text)
  expect(tagsOf(text)).toEqual(tags)
})

test.each([
  [' web, prod ,,web', ['web', 'prod']],
  ['"a,b', ['"a', 'b']],
  ['"a"b, c', ['"a"b', 'c']],
  ['"\\x", y', ['"\\x"', 'y']],
  [',', []],
])('what is typed as %j is %j', (text, tags) => {
  expect(tagsOf(text)).toEqual(tags)
})

test('any tags come back as they were', () => {
  const pieces = ['a', ',', '"', '\\', ' ', '\n', 'ü', '']
  for (let number = 0; number < pieces.length ** 4; number++) {
    const piece = (at: number) => pieces[Math.floor(number / pieces.length ** at) % pieces.length]
    const tags = [`${piece(0)}${piece(1)}`, `${piece(2)}${piece(3)}`]
    expect(tagsOf(tagsText(tags))).toEqual(tags)
  }
})
