import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { mountSmallDisk, whyNoSmallDisk } from '#lib/testing/small-disk.ts'
import { Store } from '../../store.ts'

let directory: string
let file: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-database-'))
  file = join(directory, 'fairlead.db')
})
afterEach(() => rmSync(directory, { recursive: true }))

const expectOpening = () => expect(Store.open(file)).rejects

test('a file that is not a database, and one that is damaged', async () => {
  writeFileSync(file, 'no database, but long enough to be taken for one'.repeat(100))
  await expectOpening().toThrow(`${file} is not a database. Move it away, or restore a backup.`)
  rmSync(file)
  await (await Store.open(file)).close()
  const bytes = readFileSync(file)
  // Page 1 identifies the file as a database, so only the others are overwritten.
  writeFileSync(file, bytes.fill(0xff, 4096))
  await expectOpening().toThrow(
    /fairlead\.db is damaged \(.*\)\. Move it away, and restore a backup\./,
  )
})

test('a directory instead of a file, a dangling link, and a file instead of a directory', async () => {
  mkdirSync(file)
  await expectOpening().toThrow(`${file} is a directory, and a file is needed there.`)
  rmSync(file, { recursive: true })
  symlinkSync(join(directory, 'none', 'fairlead.db'), file)
  await expectOpening().toThrow(/fairlead\.db/)
  rmSync(file)
  writeFileSync(file, '')
  file = join(file, 'fairlead.db')
  await expectOpening().toThrow(
    `${directory}/fairlead.db is a file, and a directory is needed there.`,
  )
})

test.skipIf(whyNoSmallDisk())('a full disk', async () => {
  const disk = mountSmallDisk(1)
  try {
    file = join(disk.path, 'fairlead.db')
    disk.fill()
    await expectOpening().toThrow(
      `The disk of ${file} is full. Free some space, or choose another path.`,
    )
  } finally {
    disk.remove()
  }
})
