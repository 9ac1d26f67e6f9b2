import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { contain } from '#lib/process/faults.ts'
import { processIdentity } from '#lib/process/process-identity.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import {
  APPLY_SLOT,
  type ApplySlot,
  encodeSlot,
  SLOT_BYTES,
  STALL_SLOT,
  type StallSlot,
  type Work,
  workRecordName,
} from '#lib/protocol/work-record.ts'
import { workOfException } from './work-marks.ts'

/** Writes the work record of this process. After a failed write, a crash can't be blamed on a load balancer. */
export class WorkJournal {
  readonly path: string
  readonly #file: number
  #changed: ApplySlot['changed'] = null

  /** @throws Error if the file can't be created */
  constructor(runDir: string, node: NodeName, worker: number) {
    const { pid } = process
    const identity = processIdentity(pid)
    if (identity === null) throw new Error('/proc does not show this process')
    this.path = join(runDir, workRecordName({ node, worker, pid, identity }))
    this.#file = openSync(this.path, 'w+', 0o600)
    this.#write(APPLY_SLOT, { applying: null, changed: null })
    this.#write(STALL_SLOT, { serving: null })
    const onUncaught = contain('uncaught', (error: Error) => {
      const serving = workOfException(error)
      // With a listener (`last-resort.ts`), the process goes on.
      if (serving && process.listenerCount('uncaughtException') === 0) {
        this.#write(STALL_SLOT, { serving })
      }
    })
    // A crashed process leaves its record for the supervisor.
    const onExit = contain('stop', (code: number) => {
      if (code === 0) rmSync(this.path, { force: true })
      closeSync(this.#file)
    })
    process.on('uncaughtExceptionMonitor', onUncaught)
    process.on('exit', onExit)
  }

  /**
   * Applies a configuration between two writes that name it, so that a crash in between is blamed on it.
   * @param isChange false for a last good configuration
   * @throws what `apply` throws
   */
  applying<Result>(work: Work, isChange: boolean, apply: () => Result): Result {
    this.#write(APPLY_SLOT, { applying: work, changed: this.#changed })
    try {
      return apply()
    } finally {
      if (isChange) this.#changed = { ...work, at: Date.now() }
      this.#write(APPLY_SLOT, { applying: null, changed: this.#changed })
    }
  }

  #write(slot: number, content: ApplySlot | StallSlot): void {
    try {
      writeSync(this.#file, encodeSlot(content), 0, SLOT_BYTES, slot * SLOT_BYTES)
    } catch {
      // The disk has been full since the start.
    }
  }
}
