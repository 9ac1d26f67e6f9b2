import type { NodeName } from './node-name.ts'

/**
 * What a node's process works on, in a file that survives its crash; its last message to the supervisor may not. The file has
 * two slots of fixed size that are overwritten in place, so a full disk or a crash leaves one unreadable slot at worst.
 */

/** A load balancer at a generation. */
export type Work = { lb_id: string; generation: number }

/** Written by the main thread before and after it applies a configuration. */
export type ApplySlot = {
  applying: Work | null
  /** The last applied change, and when: Unix time in milliseconds. */
  changed: (Work & { at: number }) | null
}

/** Written when the event loop stalls or the process crashes: the load balancer that it worked for. */
export type StallSlot = { serving: Work | null }

export type WorkRecord = ApplySlot & StallSlot

export const SLOT_BYTES = 512
export const APPLY_SLOT = 0
export const STALL_SLOT = 1

const NOTHING: WorkRecord = { applying: null, changed: null, serving: null }

/** The process that a record belongs to, by PID and `processIdentity`. */
export type WorkRecordOwner = { node: NodeName; worker: number; pid: number; identity: string }

/** `node-NODE-WORKER.PID.IDENTITY.work` in the run directory. */
export function workRecordName({ node, worker, pid, identity }: WorkRecordOwner): string {
  return `node-${node}-${worker}.${pid}.${identity}.work`
}

/** Reads the owner from a file name in the run directory; null for other files. */
export function workRecordOwner(file: string): WorkRecordOwner | null {
  const [, node, worker, pid, identity] =
    /^node-(.+)-(\d+)\.(\d+)\.([\w-]+)\.work$/.exec(file) ?? []
  if (!node || !identity) return null
  return { node: node as NodeName, worker: Number(worker), pid: Number(pid), identity }
}

/** A slot's bytes; an oversized one is written empty. */
export function encodeSlot(slot: ApplySlot | StallSlot): Buffer {
  const bytes = Buffer.alloc(SLOT_BYTES, ' ')
  const text = JSON.stringify(slot)
  if (Buffer.byteLength(text) <= SLOT_BYTES) bytes.write(text)
  return bytes
}

/** Reads a record; a torn slot is ignored. */
export function decodeWorkRecord(bytes: Buffer): WorkRecord {
  const slots = [APPLY_SLOT, STALL_SLOT].map((slot) =>
    decodeSlot(bytes.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES)),
  )
  return Object.assign({}, NOTHING, ...slots)
}

function decodeSlot(bytes: Buffer): Partial<WorkRecord> {
  try {
    return JSON.parse(bytes.toString('utf8')) as Partial<WorkRecord>
  } catch {
    return {}
  }
}
