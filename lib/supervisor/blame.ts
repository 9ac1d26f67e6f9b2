import type { QuarantineCause } from '#lib/core/quarantine.ts'
import type { KillReason } from '#lib/protocol/quarantine.ts'
import type { Work, WorkRecord } from '#lib/protocol/work-record.ts'
import type { ExitStatus } from './running-process.ts'

/** A crash without another known cause is blamed on the last change if it follows within this time. Milliseconds. */
export const CHANGED_LATELY_MS = 60_000

/** How a node's process ended. */
export type NodeExit = {
  /** It was asked to end. */
  asked: boolean
  /** Why the supervisor killed it; null if it did not. */
  killedFor: KillReason | null
  status: ExitStatus
}

export type Blame = Work & { cause: QuarantineCause }

/** Signals of a crash; V8 out of memory is SIGABRT or SIGTRAP. */
const CRASH_SIGNALS: ReadonlySet<string> = new Set([
  'SIGABRT',
  'SIGTRAP',
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGSYS',
])

/**
 * The generation to blame for the end of a process; null if none is, or the cause is unknown. None is blamed if the process was
 * stopped or starved, or was killed by another program while it served.
 * @param changed the change that the node applied last, and when (Unix time)
 */
export function blameOf(
  { asked, killedFor, status }: NodeExit,
  record: WorkRecord,
  changed: WorkRecord['changed'],
  now: number,
): Blame | null {
  if (asked || status.code === 0 || killedFor === 'stopped' || killedFor === 'starved') return null
  const hung = killedFor !== null
  const { applying, serving } = record
  if (applying) return { ...applying, cause: hung ? 'hung_applying' : 'crashed_applying' }
  if (!hung && !isCrash(status)) return null
  if (serving) return { ...serving, cause: hung ? 'hung_serving' : 'crashed_serving' }
  if (hung || !changed || Math.abs(now - changed.at) > CHANGED_LATELY_MS) return null
  const { lb_id, generation } = changed
  return { lb_id, generation, cause: 'crashed_after_change' }
}

function isCrash({ code, signal }: ExitStatus): boolean {
  return signal === null ? code !== null && code !== 0 : CRASH_SIGNALS.has(signal)
}
