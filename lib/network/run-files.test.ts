import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { prepareRunDirectory, RunFiles } from './run-files.ts'

describe.skipIf(process.getuid?.() !== 0)('the run directory (as root)', () => {
  let parent: string
  let files: RunFiles

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'fairlead-run-'))
    files = new RunFiles(join(parent, 'network'))
  })

  afterEach(() => rmSync(parent, { recursive: true }))

  test('what a former helper left is kept until the host boots', () => {
    prepareRunDirectory(files.directory, 'first')
    writeFileSync(files.health, '0\n')
    prepareRunDirectory(files.directory, 'first')
    expect(readdirSync(files.directory)).toEqual(['boot-id', 'health'])
    prepareRunDirectory(files.directory, 'second')
    expect(readdirSync(files.directory)).toEqual(['boot-id'])
  })

  test('a directory above it that others may write is refused', () => {
    chmodSync(parent, 0o777)
    expect(() => prepareRunDirectory(files.directory)).toThrow(`${parent} must belong to root`)
  })
})
