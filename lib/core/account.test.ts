import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ChangePassword, Email, NewPassword } from './account.ts'

const problem = (password: unknown) => NewPassword.safeParse(password).error?.issues[0]?.message

describe('a password that somebody chooses', () => {
  test.each([
    ['a'.repeat(7), 'Password must have at least 8 characters.'],
    ['', 'Password is required.'],
    [undefined, 'Password is required.'],
    ['x'.repeat(129), 'Password can have at most 128 characters.'],
    ['password123', /^This is one of the most common passwords/],
    ['PassWord123', /^This is one of the most common passwords/],
    ['12345678', /^This is one of the most common passwords/],
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

test('an email has at most 254 characters', () => {
  const ofLength = (length: number) => {
    const labels = 'd'
      .repeat(50)
      .concat('.')
      .repeat(5)
      .slice(0, length - 2 - '.example'.length)
    return `a@${labels}.example`
  }
  expect(ofLength(254)).toHaveLength(254)
  expect(Email.safeParse(ofLength(254)).success).toBe(true)
  for (const long of [ofLength(255), `a@${'b.'.repeat(500_000)}com`]) {
    expect(Email.safeParse(long).error?.issues.map(({ message }) => message)).toEqual([
      'Email can have at most 254 characters.',
    ])
  }
})

test('a current password longer than any that could be set is refused unread', () => {
  const passwords = { current_password: 'x'.repeat(129), new_password: 'kx7-horse' }
  expect(ChangePassword.safeParse(passwords).error?.issues[0]?.message).toBe(
    'This is not your password.',
  )
})

test('no other schema of an email than this one is in the product', () => {
  const root = join(import.meta.dirname, '../..')
  const files = ['lib', 'app', 'components'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.'))
      .map((name) => join(folder, name)),
  )
  const others = files.filter((file) => /\bemail\(/.test(readFileSync(join(root, file), 'utf8')))
  expect(others).toEqual(['lib/core/account.ts'])
})
