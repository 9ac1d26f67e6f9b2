import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeSlot, workRecordName } from '#lib/protocol/work-record.ts'
import { takeAbandonedRecords, takeWorkRecord } from './work-records.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-records-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const applying = { lb_id: 'x', generation: 12 }
const record = { applying, changed: null, serving: null }

function leave(pid: number, identity = 'x-_Y9a'): void {
  const path = join(directory, workRecordName({ node: 'fr-par-a', worker: 1, pid, identity }))
  writeFileSync(path, encodeSlot({ applying, changed: null }))
}

test('a record is taken once', () => {
  leave(7)
  expect(takeWorkRecord(directory, 7)).toEqual(record)
  expect(takeWorkRecord(directory, 7)).toBeNull()
})

test('records of processes that ended without a supervisor are taken, those of running ones are not', () => {
  leave(7)
  leave(8, 'runs')
  writeFileSync(join(directory, 'node-fr-par-a-1.8.runs.sock'), '')
  const runs = (pid: number, identity: string) => pid === 8 && identity === 'runs'
  const abandoned = takeAbandonedRecords(directory, runs)
  expect(abandoned).toEqual([{ node: 'fr-par-a', record }])
  expect(readdirSync(directory).sort()).toEqual([
    'node-fr-par-a-1.8.runs.sock',
    'node-fr-par-a-1.8.runs.work',
  ])
})

test('a missing run directory has no records, and ends are still accounted for', () => {
  const gone = join(directory, 'gone')
  expect(takeWorkRecord(gone, 7)).toBeNull()
  expect(takeAbandonedRecords(gone, () => true)).toEqual([])
})
