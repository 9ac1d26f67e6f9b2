import { expect, test } from 'vitest'
import { isWellFormedTarget } from './request-target.ts'

test.each(['/', '/a%20b?c=%C3%A9&d=+', '/?q=100%25', '//h/x', '/a#b'])(
  '%s is well-formed',
  (target) => {
    expect(isWellFormedTarget(target)).toBe(true)
  },
)

test.each([
  '/%',
  '/%f',
  '/%zz',
  '/%ff',
  '/%c3',
  '/%c3%28',
  '/%ed%a0%80',
  '/%c0%af',
  '/?q=%ff',
  '/%00',
  '/?q=a%00b',
  '/?q=100%',
  '*',
  '',
  'http://evil.example/',
])('%s is malformed', (target) => {
  expect(isWellFormedTarget(target)).toBe(false)
})
