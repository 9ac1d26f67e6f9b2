import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeName } from '#lib/config/stream.ts'
import {
  decodeWorkRecord,
  type WorkRecord,
  workRecordName,
  workRecordOwner,
} from '#lib/config/work-record.ts'

/** What a node's process that has ended worked on, once: the file is removed. Null where it left none. */
export function takeWorkRecord(
  runDir: string,
  node: NodeName,
  worker: number,
  pid: number,
): WorkRecord | null {
  const path = join(runDir, workRecordName(node, worker, pid))
  try {
    return decodeWorkRecord(readFileSync(path))
  } catch {
    return null
  } finally {
    rmSync(path, { force: true })
  }
}

/** The records of processes that ended while no supervisor was there, each once. */
export function takeAbandonedRecords(
  runDir: string,
  isRunning: (pid: number) => boolean,
): { node: NodeName; record: WorkRecord }[] {
  const owners = readdirSync(runDir).flatMap((file) => workRecordOwner(file) ?? [])
  return owners
    .filter(({ pid }) => !isRunning(pid))
    .flatMap(({ node, worker, pid }) => {
      const record = takeWorkRecord(runDir, node, worker, pid)
      return record ? [{ node, record }] : []
    })
}
