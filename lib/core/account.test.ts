import { describe, expect, test } from 'vitest'
import { Email, NewPassword } from './account.ts'

const problem = (password: unknown) => NewPassword.safeParse(password).error?.issues[0]?.message

describe('a password that somebody chooses', () => {
  test.each([
    ['a'.repeat(7), 'Password must have at least 8 characters.'],
    ['', 'Password is required.'],
    [undefined, 'Password is required.'],
    ['x'.repeat(129), 'Password can have at most 128 characters.'],
    ['password123', /^This password is one of the first/],
    ['PassWord123', /^This password is one of the first/],
    ['12345678', /^This password is one of the first/],
  ])('is not %j', (password, words) => {
    expect(problem(password)).toMatch(words)
  })

  test.each([
    'kx7-horse',
    'x'.repeat(64),
    'y'.repeat(128),
    ' two  blanks ',
    'sl\u00e5 p\u00e5 🐎🐎',
  ])('may be %j, and nothing of it is cut', (password) => {
    expect(NewPassword.parse(password)).toBe(password)
  })
})

test('an email is the same in any case', () => {
  expect(Email.parse(' Ada@Example.COM ')).toBe('ada@example.com')
  expect(Email.safeParse('ada').success).toBe(false)
  expect(Email.safeParse('ada@example.com\r\nBcc: eve@example.com').success).toBe(false)
})
