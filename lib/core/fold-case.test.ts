import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compareNames, foldCase, matchesSearch, searchTerms } from './fold-case.ts'

test.each([
  ['Épicerie', 'épicerie'],
  ['E\u0301picerie', 'épicerie'],
  ['РОССИЯ', 'россия'],
  ['İstanbul', 'istanbul'],
  ['ISPARTA', 'isparta'],
  ['ısparta', 'isparta'],
  ['Straße', 'strasse'],
  ['STRAẞE', 'strasse'],
  ['ΟΔΥΣΣΕΥΣ', 'οδυσσευσ'],
  ['Οδυσσεύς', 'οδυσσεύσ'],
  ['ﬁle', 'file'],
  ['ＡＢＣ', 'abc'],
  ['co\u00adop', 'coop'],
  ['Արև', 'արեւ'],
  ['𐐀', '𐐨'],
])('%s folds to %s', (text, expected) => {
  expect(foldCase(text)).toBe(expected)
})

test('accents are kept', () => {
  expect(foldCase('épicerie')).not.toBe(foldCase('epicerie'))
})

/** Every character that there is, but for surrogates. */
function* characters(): Generator<string> {
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code < 0xd800 || code > 0xdfff) yield String.fromCodePoint(code)
  }
}

test('every character folds as its upper case, its lower case and its folding do', () => {
  const different: string[] = []
  for (const character of characters()) {
    const folded = foldCase(character)
    const forms = [character.toUpperCase(), character.toLowerCase(), folded]
    if (forms.some((form) => foldCase(form) !== folded)) different.push(character)
  }
  expect(different).toEqual([])
})

/** Characters whose case depends on their neighbours, or whose folding has another length. */
const ODD = [...'aAiIıİsSßẞσςΣΐΰŉǰﬁéÉ k\u212a\u0301\u0307\u0345\u00ad\ufe0f', '𐐀', '1', '-']

/** Texts of odd characters, the same in every run. */
function* oddTexts(count: number): Generator<string> {
  let state = 1
  const next = (below: number) => {
    state = (state * 48271) % 0x7fffffff
    return state % below
  }
  for (let index = 0; index < count; index++) {
    const text = Array.from({ length: 1 + next(8) }, () => ODD[next(ODD.length)]).join('')
    // Marks in their canonical order: changing the case of others is not defined.
    yield text.normalize('NFC')
  }
}

test('texts of odd characters fold as their cases and normal forms do', () => {
  const different: string[] = []
  for (const text of oddTexts(20_000)) {
    const folded = foldCase(text)
    const forms = [text.toUpperCase(), text.toLowerCase(), text.normalize('NFD'), folded]
    if (forms.some((form) => foldCase(form) !== folded)) different.push(text)
  }
  expect(different).toEqual([])
})

describe('a search', () => {
  test('has terms separated by any white space', () => {
    expect(searchTerms(' Été\u00a0\u3000İzmir\t')).toEqual(['été', 'izmir'])
    expect(searchTerms(' \u200b ')).toEqual([])
  })

  test('matches texts that contain every term, in any case', () => {
    expect(matchesSearch('Épicerie Россия', 'РОСС é')).toBe(true)
    expect(matchesSearch('Épicerie Россия', 'россия paris')).toBe(false)
  })
})

test('names are ordered in any case, and by the numbers in them', () => {
  const names = ['shop-10', 'Zebra', 'Shop-2', 'École', 'apple', 'école-2']
  expect(names.sort(compareNames)).toEqual([
    'apple',
    'École',
    'école-2',
    'Shop-2',
    'shop-10',
    'Zebra',
  ])
})

/** Comparing in any case by other means, which know ASCII only, or other languages' rules. */
const OTHER_MEANS =
  /toLowerCase\(\)\s*\.(?:includes|startsWith|indexOf)\(|[nN]ame\.localeCompare|\blower\(\$\{|collate nocase/

test('nothing searches or sorts names by other means', () => {
  const files = globSync('{app,components,lib/client,lib/control-plane}/**/*.{ts,tsx}').filter(
    (file) => !/\.test\.tsx?$/.test(file),
  )
  expect(files.length).toBeGreaterThan(500)
  expect(files.filter((file) => OTHER_MEANS.test(readFileSync(file, 'utf8')))).toEqual([])
})
