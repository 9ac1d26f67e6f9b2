import { expect, test } from 'vitest'
import type { WorkRecord } from '#lib/protocol/work-record.ts'
import { blameOf, CHANGED_LATELY_MS, type NodeExit } from './blame.ts'

const NOW = 1_000_000
const work = { lb_id: 'x', generation: 12 }
const nothing: WorkRecord = { applying: null, changed: null, serving: null }
const applying = { ...nothing, applying: work }
const serving = { ...nothing, serving: work }
const changed = { ...work, at: NOW - CHANGED_LATELY_MS }

const exit = (code: number): Partial<NodeExit> => ({ status: { code, signal: null } })
const signal = (name: NodeJS.Signals): Partial<NodeExit> => ({
  status: { code: null, signal: name },
})
const killed = (killedFor: NodeExit['killedFor']) => ({ ...signal('SIGKILL'), killedFor })

test.each<[string, Partial<NodeExit>, WorkRecord, string | null]>([
  ['looped while applying', killed('looping'), applying, 'hung_applying'],
  ['was not ready in time while applying', killed('late'), applying, 'hung_applying'],
  ['was blocked while serving', killed('silent'), serving, 'hung_serving'],
  ['crashed while applying', exit(1), applying, 'crashed_applying'],
  [
    'was killed while applying, by the kernel out of memory',
    signal('SIGKILL'),
    applying,
    'crashed_applying',
  ],
  ['crashed while serving', signal('SIGSEGV'), serving, 'crashed_serving'],
  ['crashed after a change', signal('SIGABRT'), nothing, 'crashed_after_change'],
  ['looped for no known load balancer', killed('looping'), nothing, null],
  ['was stopped while applying', killed('stopped'), applying, null],
  ['was starved while serving', killed('starved'), serving, null],
  ['was killed by somebody else while serving', signal('SIGKILL'), serving, null],
  ['was asked to end', { ...exit(1), asked: true }, applying, null],
  ['exited normally', exit(0), serving, null],
])('a process that %s', (_case, end, record, cause) => {
  const whole = { asked: false, killedFor: null, status: { code: null, signal: null }, ...end }
  const blame = blameOf(whole, record, changed, NOW)
  expect(blame).toEqual(cause && { ...work, cause })
})

test('a crash long after the last change is blamed on no load balancer', () => {
  const end = { asked: false, killedFor: null, status: { code: 1, signal: null } }
  expect(blameOf(end, nothing, { ...changed, at: changed.at - 1 }, NOW)).toBeNull()
  expect(blameOf(end, nothing, null, NOW)).toBeNull()
})
