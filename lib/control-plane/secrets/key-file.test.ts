import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openKeyFile } from './key-file.ts'

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-key-'))
  file = join(directory, 'secrets.key')
})
afterEach(() => rmSync(directory, { recursive: true }))

test('a key file is created once, readable by its owner only', () => {
  const { keyId } = openKeyFile(file, null)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).toMatch(/^[A-Za-z0-9+/]{43}=\n$/)
  expect(readFileSync(file, 'utf8')).not.toContain(keyId)
  expect(openKeyFile(file, null).keyId).toBe(keyId)
  expect(openKeyFile(file, keyId).keyId).toBe(keyId)
  expect(readdirSync(directory)).toEqual(['secrets.key'])
})

test('a missing key is an error that says what to do, and no other key is created', () => {
  expect(() => openKeyFile(file, '0123456789abcdef')).toThrow(
    /^The database's secrets are encrypted, and the key file .*secrets\.key is missing \(key 0123456789abcdef\)\. Put it back/,
  )
  expect(readdirSync(directory)).toEqual([])
})

test('another key is an error that says what to do, and its file is not changed', () => {
  const { keyId } = openKeyFile(file, null)
  const text = readFileSync(file, 'utf8')
  expect(() => openKeyFile(file, '0123456789abcdef')).toThrow(
    `secrets are encrypted with the key 0123456789abcdef, and ${file} holds the key ${keyId}. Put the right key file there`,
  )
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test.each(['', 'no key', 'A'.repeat(43), `${'A'.repeat(42)}==`])('%j is not a key', (text) => {
  writeFileSync(file, text)
  expect(() => openKeyFile(file, null)).toThrow(
    /is not a key file: it must contain the base64 of 32/,
  )
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test('a missing directory is an error that names it', () => {
  const nowhere = join(directory, 'none', 'key')
  expect(() => openKeyFile(nowhere, null)).toThrow(/none is missing/)
})
