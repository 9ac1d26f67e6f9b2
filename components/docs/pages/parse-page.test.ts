import { expect, test } from 'vitest'
import { anchorOf, parsePage } from './parse-page.ts'

test.each([
  ['Back up', 'back-up'],
  ['FAIRLEAD_IP_POOLS', 'fairlead_ip_pools'],
  ["What it doesn't do", 'what-it-doesnt-do'],
  ['The modules, and who may import whom', 'the-modules-and-who-may-import-whom'],
])('the anchor of "%s"', (title, anchor) => {
  expect(anchorOf(title)).toBe(anchor)
})

test('a page has a title, an introduction and sections', () => {
  const page = parsePage('x', '# Title\n\nIntroduction.\n\n## One `a`\n\nText.\n\n### Two\n')
  expect(page.title).toBe('Title')
  expect(page.introduction.map(({ type }) => type)).toEqual(['paragraph'])
  expect(page.sections.map(({ id, level, title }) => [id, level, title])).toEqual([
    ['one-a', 2, 'One a'],
    ['two', 3, 'Two'],
  ])
})

test.each([
  ['no title', 'Text'],
  ['text before the title', 'Text\n\n# Title'],
  ['two titles', '# One\n\n# Two'],
  ['a section first', '## One'],
  ['a heading of the fourth level', '# One\n\n#### Two'],
])('%s is refused', (_, source) => {
  expect(() => parsePage('x', source)).toThrow()
})
