import { expect, test } from 'vitest'
import { labelsOf } from './labels.ts'

test('identifiers are unique, in camel case too', () => {
  const names = ['Web', 'web', 'web-2', 'web 2', 'Café du Nord', '日本', '80', '8_x', '', '__a__']
  expect(labelsOf(names, 'backend')).toEqual([
    'web',
    'web_2',
    'web_2_2',
    'web_2_3',
    'cafe_du_nord',
    'backend',
    'backend_2',
    'x',
    'backend_3',
    'a',
  ])
})
