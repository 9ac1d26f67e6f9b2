import { describe, expect, test } from 'vitest'
import { HttpError } from '../http/message/http-error.ts'
import { readRequestPath, readRulePath } from './request-path.ts'

describe('a normalised path', () => {
  test.each([
    ['/admin', '/admin'],
    ['/admin?x=/../y', '/admin'],
    ['/', '/'],
    ['*', '*'],
    ['/%61dmin', '/admin'],
    ['/%41dmin', '/Admin'],
    ['//admin', '/admin'],
    ['/x//y///z', '/x/y/z'],
    ['/x//', '/x/'],
    ['//', '/'],
    ['/%2Fadmin', '/admin'],
    ['/admin%2fx', '/admin/x'],
    ['/\\admin', '/admin'],
    ['/%5cadmin', '/admin'],
    ['/.well-known/x', '/.well-known/x'],
    ['/...', '/...'],
    ['/a%2520b', '/a%20b'],
    ['/a%zz%4', '/a%zz%4'],
    ['/caf%C3%A9', '/café'],
    ['/caf%E9', '/caf�'],
    ['/a%0Ab', '/a\nb'],
    ['/a;x=1/b', '/a;x=1/b'],
  ])('%s is %s, and is forwarded unchanged', (target, path) => {
    expect(readRequestPath(target)).toEqual({ path, target })
  })

  test.each([
    ['/x/../admin', '/admin', '/admin'],
    ['/x/./admin', '/x/admin', '/x/admin'],
    ['/./admin?q=/../1', '/admin', '/admin?q=/../1'],
    ['/x/%2e%2E/admin', '/admin', '/admin'],
    ['/x%2f..%2fadmin', '/admin', '/admin'],
    ['/x\\..\\admin', '/admin', '/admin'],
    ['/x/..;a=b/admin', '/admin', '/admin'],
    ['/../../admin', '/admin', '/admin'],
    ['/public//../admin', '/admin', '/admin'],
    ['/admin/..', '/', '/'],
    ['/admin/x/..', '/admin/', '/admin/'],
    ['/admin/x/.', '/admin/x/', '/admin/x/'],
    ['/%61/../%62', '/b', '/%62'],
    ['/a/..//', '/', '/'],
  ])('%s is %s, and is forwarded as %s', (target, path, forwarded) => {
    expect(readRequestPath(target)).toEqual({ path, target: forwarded })
  })

  test('an encoded NUL is refused', () => {
    expect(() => readRequestPath('/x.php%00.png')).toThrow(HttpError)
    expect(readRequestPath('/x?y=%00').path).toBe('/x')
  })
})

test.each([
  ['/admin', '/admin'],
  ['/a%20b', '/a b'],
  ['//a\\b', '/a/b'],
  ['.php', '.php'],
  ['/café', '/café'],
  ['/%00', '/\0'],
])('in a rule, %s is %j', (value, expected) => {
  expect(readRulePath(value)).toBe(expected)
})
