import { globSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readStored, store, storeCookie } from './browser-storage.ts'

/** A browser's storage, which installations on one host share. */
class Kept extends Map<string, string> {
  getItem = (key: string) => this.get(key) ?? null
  setItem = (key: string, value: string) => void this.set(key, value)
  removeItem = (key: string) => void this.delete(key)
}

const document = { documentElement: { dataset: { installation: '' } }, cookie: '' }
const pageOf = (installation: string) => {
  document.documentElement.dataset.installation = installation
}

beforeEach(() => {
  vi.stubGlobal('document', document)
  vi.stubGlobal('localStorage', new Kept())
  vi.stubGlobal('sessionStorage', new Kept())
})
afterEach(() => vi.unstubAllGlobals())

test.each(['tab', 'browser'] as const)(
  'what an installation keeps in the %s is its own',
  (where) => {
    pageOf('aaaa')
    store(where, 'draft', 'of a')
    pageOf('bbbb')
    expect(readStored(where, 'draft')).toBeNull()
    store(where, 'draft', 'of b')
    pageOf('aaaa')
    expect(readStored(where, 'draft')).toBe('of a')
    store(where, 'draft', null)
    expect(readStored(where, 'draft')).toBeNull()
    pageOf('bbbb')
    expect(readStored(where, 'draft')).toBe('of b')
  },
)

test('a preference is a cookie with the name of its installation', () => {
  pageOf('aaaa')
  storeCookie('fairlead_theme', 'dark', 60)
  expect(document.cookie).toBe('fairlead_theme_aaaa=dark; Path=/; Max-Age=60; SameSite=Lax')
})

test('nothing is stored if the browser forbids storage', () => {
  vi.stubGlobal('sessionStorage', undefined)
  pageOf('aaaa')
  store('tab', 'draft', 'text')
  expect(readStored('tab', 'draft')).toBeNull()
})

/** The browser's storage for an origin or a host. */
const STORAGE =
  /\b(?:localStorage|sessionStorage|indexedDB|BroadcastChannel|SharedWorker|serviceWorker|cookieStore)\b|\bdocument\.cookie\b|\bnavigator\.(?:locks|storage)\b|\bcaches\.open\b/

test('no other code uses browser storage', () => {
  const files = globSync('{app,components,lib/client}/**/*.{ts,tsx}').filter(
    (file) => !/\.test\.tsx?$/.test(file),
  )
  expect(files.length).toBeGreaterThan(100)
  const users = files.filter((file) => STORAGE.test(readFileSync(file, 'utf8')))
  expect(users).toEqual(['lib/client/browser-storage.ts'])
})
