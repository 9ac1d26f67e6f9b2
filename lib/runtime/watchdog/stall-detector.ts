import { Worker } from 'node:worker_threads'
import { contain } from '#lib/process/faults.ts'
import { SLOT_BYTES, STALL_SLOT, type Work } from '#lib/protocol/work-record.ts'
import { BEATS, followMarks, MARK, PAUSE, sharedMarks } from './work-marks.ts'

/** Names a mark; null removes the name. */
export type MarkName = { mark: number; work: Work | null }

/** The thread's input: the shared memory and its layout, and the work record's file. */
export type StallThreadData = {
  marks: Int32Array
  markIndex: number
  beatsIndex: number
  pauseIndex: number
  path: string
  slotBytes: number
  /** Offset of its slot in the file. */
  slotAt: number
}

/** Megabytes. The thread needs little memory, but does not start with 8. */
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 }

/**
 * Starts a thread that detects a stalled event loop, and then writes the load balancer it works for to the work record.
 * @param onError called when the thread fails; the node goes on without it
 */
export function startStallDetector(path: string, onError: (error: unknown) => void): void {
  const workerData: StallThreadData = {
    marks: sharedMarks,
    markIndex: MARK,
    beatsIndex: BEATS,
    pauseIndex: PAUSE,
    path,
    slotBytes: SLOT_BYTES,
    slotAt: STALL_SLOT * SLOT_BYTES,
  }
  const thread = new Worker(new URL('./stall-thread.mjs', import.meta.url), {
    workerData,
    resourceLimits: LIMITS,
    env: {},
  })
  thread.on('error', contain('process', onError))
  thread.unref()
  followMarks((mark, work) => thread.postMessage({ mark, work } satisfies MarkName))
}
