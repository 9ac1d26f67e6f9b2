import { expect, test } from 'vitest'
import type { WorkRecord } from '#lib/config/work-record.ts'
import { blameOf, CHANGED_LATELY_MS, type NodeEnd } from './blame.ts'

const NOW = 1_000_000
const work = { lb_id: 'x', generation: 12 }
const nothing: WorkRecord = { applying: null, changed: null, serving: null }
const applying = { ...nothing, applying: work }
const serving = { ...nothing, serving: work }
const changed = { ...work, at: NOW - CHANGED_LATELY_MS }

const exit = (code: number): Partial<NodeEnd> => ({ status: { code, signal: null } })
const signal = (name: NodeJS.Signals): Partial<NodeEnd> => ({
  status: { code: null, signal: name },
})
const killed = (killedFor: NodeEnd['killedFor']) => ({ ...signal('SIGKILL'), killedFor })

test.each<[string, Partial<NodeEnd>, WorkRecord, string | null]>([
  ['looped while it applied', killed('looping'), applying, 'hung_applying'],
  ['was not ready in time while it applied', killed('late'), applying, 'hung_applying'],
  ['was blocked while it served', killed('silent'), serving, 'hung_serving'],
  ['crashed while it applied', exit(1), applying, 'crashed_applying'],
  [
    'was killed while it applied, by the kernel for its memory',
    signal('SIGKILL'),
    applying,
    'crashed_applying',
  ],
  ['crashed while it served', signal('SIGSEGV'), serving, 'crashed_serving'],
  ['crashed after a change', signal('SIGABRT'), nothing, 'crashed_after_change'],
  ['looped for nobody in particular', killed('looping'), nothing, null],
  ['was stopped while it applied', killed('stopped'), applying, null],
  ['was starved while it served', killed('starved'), serving, null],
  ['was killed by another hand while it served', signal('SIGKILL'), serving, null],
  ['was asked to end', { ...exit(1), asked: true }, applying, null],
  ['ended in good order', exit(0), serving, null],
])('a process that %s', (_case, end, record, cause) => {
  const whole = { asked: false, killedFor: null, status: { code: null, signal: null }, ...end }
  const blame = blameOf(whole, record, changed, NOW)
  expect(blame).toEqual(cause && { ...work, cause })
})

test('a crash long after the last change is laid to nobody', () => {
  const end = { asked: false, killedFor: null, status: { code: 1, signal: null } }
  expect(blameOf(end, nothing, { ...changed, at: changed.at - 1 }, NOW)).toBeNull()
  expect(blameOf(end, nothing, null, NOW)).toBeNull()
})
