import type { NodeName } from './stream.ts'

/**
 * What a node's process works on, in a file of its own that outlives it: a message to the supervisor could still be on its way
 * when the process ends. The file has two slots of fixed size, which are overwritten in place, so that neither a full disk
 * nor a crash in between leaves anything but a slot that can't be read.
 */

/** A load balancer at a generation. */
export type Work = { lb_id: string; generation: number }

/** Written by the main thread before and after it applies a configuration. */
export type ApplySlot = {
  applying: Work | null
  /** The change that was applied last, and when by the system's clock, milliseconds. */
  changed: (Work & { at: number }) | null
}

/** Written when the event loop has stood still for a moment, or at a crash: for which load balancer. */
export type StallSlot = { serving: Work | null }

export type WorkRecord = ApplySlot & StallSlot

export const SLOT_BYTES = 512
export const APPLY_SLOT = 0
export const STALL_SLOT = 1

const NOTHING: WorkRecord = { applying: null, changed: null, serving: null }

/** Whose a record is: a node's process, by its number and its `processIdentity`. */
export type WorkRecordOwner = { node: NodeName; worker: number; pid: number; identity: string }

/** `node-NODE-WORKER.PID.IDENTITY.work` in the run directory. */
export function workRecordName({ node, worker, pid, identity }: WorkRecordOwner): string {
  return `node-${node}-${worker}.${pid}.${identity}.work`
}

/** Whose record a file in the run directory is; null where it is none. */
export function workRecordOwner(file: string): WorkRecordOwner | null {
  const [, node, worker, pid, identity] =
    /^node-(.+)-(\d+)\.(\d+)\.([\w-]+)\.work$/.exec(file) ?? []
  if (!node || !identity) return null
  return { node: node as NodeName, worker: Number(worker), pid: Number(pid), identity }
}

/** A slot as it is written; one that would not fit says nothing. */
export function encodeSlot(slot: ApplySlot | StallSlot): Buffer {
  const bytes = Buffer.alloc(SLOT_BYTES, ' ')
  const text = JSON.stringify(slot)
  if (Buffer.byteLength(text) <= SLOT_BYTES) bytes.write(text)
  return bytes
}

/** What a file holds; nothing of a slot that was not written whole. */
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
