import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { installationId, sharedInstallationId } from './installation-id.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-id-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

test('an installation keeps its ID, which no other has', () => {
  const id = installationId(directory)
  expect(id).toMatch(/^[0-9a-f]{12}$/)
  expect(installationId(directory)).toBe(id)
  expect(statSync(join(directory, 'installation-id')).mode & 0o777).toBe(0o600)
  const other = mkdtempSync(join(tmpdir(), 'fairlead-id-'))
  expect(installationId(other)).not.toBe(id)
  rmSync(other, { recursive: true })
})

test('an invalid ID is replaced', () => {
  writeFileSync(join(directory, 'installation-id'), 'a; Path=/\n')
  const id = installationId(directory)
  expect(id).toMatch(/^[0-9a-f]{12}$/)
  expect(installationId(directory)).toBe(id)
})

test('an ID that cannot be saved stays the same', () => {
  const missing = join(directory, 'missing')
  expect(installationId(missing)).toBe(installationId(missing))
  expect(readdirSync(directory)).toEqual([])
})

test('machines with the same key file have the same ID, which does not reveal the key', () => {
  const write = (name: string, text: string) => {
    writeFileSync(join(directory, name), text)
    return sharedInstallationId(join(directory, name))
  }
  const id = write('first.key', 'b25lIGtleQ==\n')
  expect(id).toMatch(/^[0-9a-f]{12}$/)
  expect(write('copied.key', 'b25lIGtleQ==')).toBe(id)
  expect(write('other.key', 'YW5vdGhlciBrZXk=\n')).not.toBe(id)
  expect(Buffer.from('one key').toString('hex')).not.toContain(id)
})
