import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { installationId } from './installation-id.ts'

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
