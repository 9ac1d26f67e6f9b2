import { expect, test } from 'vitest'
import {
  durationOrNull,
  numberOf,
  onePerLine,
  serverLines,
  tagsOf,
  tagsText,
} from './typed-text.ts'

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

test('tags survive a round trip through text', () => {
  const pieces = ['a', ',', '"', '\\', ' ', '\n', 'ü', '']
  for (let number = 0; number < pieces.length ** 4; number++) {
    const piece = (at: number) => pieces[Math.floor(number / pieces.length ** at) % pieces.length]
    const tags = [`${piece(0)}${piece(1)}`, `${piece(2)}${piece(3)}`]
    expect(tagsOf(tagsText(tags))).toEqual(tags)
  }
})

test.each([
  ['10.0.0.1, 10.0.0.2;10.0.0.3', '10.0.0.1\n10.0.0.2\n10.0.0.3'],
  ['  10.0.0.1\t2001:db8::1\r\n\n10.0.0.3 ', '10.0.0.1\n2001:db8::1\n10.0.0.3'],
  [' \n ', ''],
])('pasted servers: %j', (text, tidy) => {
  expect(onePerLine(text)).toBe(tidy)
})

test('each address has its line number', () => {
  expect(serverLines('a b\n\nc')).toEqual([
    { address: 'a', line: 1 },
    { address: 'b', line: 1 },
    { address: 'c', line: 3 },
  ])
})

test.each([
  ['', undefined, null],
  [' 12 ', 12, '0.012s'],
  ['1.5', Number.NaN, '1.5'],
  ['-1', Number.NaN, '-1'],
])('the number %j', (text, number, duration) => {
  expect(numberOf(text)).toBe(number)
  expect(durationOrNull(text)).toBe(duration)
})
