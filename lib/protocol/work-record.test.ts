import { expect, test } from 'vitest'
import {
  decodeWorkRecord,
  encodeSlot,
  SLOT_BYTES,
  workRecordName,
  workRecordOwner,
} from './work-record.ts'

const applying = { lb_id: 'x', generation: 12 }
const apply = encodeSlot({ applying, changed: null })
const stall = encodeSlot({ serving: { lb_id: 'y', generation: 3 } })

test('both slots are read as they were written', () => {
  expect(decodeWorkRecord(Buffer.concat([apply, stall]))).toEqual({
    applying,
    changed: null,
    serving: { lb_id: 'y', generation: 3 },
  })
})

test('a torn slot is ignored, and the other slot is still read', () => {
  const torn = Buffer.concat([apply.subarray(0, 10), Buffer.alloc(SLOT_BYTES - 10)])
  const { serving, ...rest } = decodeWorkRecord(Buffer.concat([torn, stall]))
  expect(rest).toEqual({ applying: null, changed: null })
  expect(serving).toEqual({ lb_id: 'y', generation: 3 })
  const none = { applying: null, changed: null, serving: null }
  expect(decodeWorkRecord(Buffer.alloc(0))).toEqual(none)
  const long = { lb_id: 'ä'.repeat(SLOT_BYTES), generation: 1 }
  expect(decodeWorkRecord(encodeSlot({ serving: long }))).toEqual(none)
})

test('the file name identifies the owner of a record', () => {
  const owner = { node: 'fr-par-b', worker: 2, pid: 4711, identity: 'x-_Y9a' } as const
  expect(workRecordOwner(workRecordName(owner))).toEqual(owner)
  expect(workRecordOwner('node-fr-par-b-2.4711.x-_Y9a.sock')).toBeNull()
})
