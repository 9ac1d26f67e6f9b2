import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeName } from '#lib/protocol/node-name.ts'
import {
  decodeWorkRecord,
  type WorkRecord,
  type WorkRecordOwner,
  workRecordName,
  workRecordOwner,
} from '#lib/protocol/work-record.ts'

/** Reads and removes the work record of a child that has ended; null if there is none. */
export function takeWorkRecord(runDir: string, pid: number): WorkRecord | null {
  const owner = ownersIn(runDir).find((one) => one.pid === pid)
  return owner ? take(runDir, owner) : null
}

/** Reads and removes the records of processes that ended while no supervisor was running. */
export function takeAbandonedRecords(
  runDir: string,
  isRunning: (pid: number, identity: string) => boolean,
): { node: NodeName; record: WorkRecord }[] {
  return ownersIn(runDir)
    .filter(({ pid, identity }) => !isRunning(pid, identity))
    .flatMap((owner) => {
      const record = take(runDir, owner)
      return record ? [{ node: owner.node, record }] : []
    })
}

/** Empty if the directory can't be read, which must not prevent the restart of a process. */
function ownersIn(runDir: string): WorkRecordOwner[] {
  try {
    return readdirSync(runDir).flatMap((file) => workRecordOwner(file) ?? [])
  } catch {
    return []
  }
}

function take(runDir: string, owner: WorkRecordOwner): WorkRecord | null {
  const path = join(runDir, workRecordName(owner))
  try {
    return decodeWorkRecord(readFileSync(path))
  } catch {
    return null
  } finally {
    rmSync(path, { force: true })
  }
}
