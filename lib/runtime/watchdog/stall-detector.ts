import { Worker } from 'node:worker_threads'
import { contain } from '#lib/process/faults.ts'
import { SLOT_BYTES, STALL_SLOT, type Work } from '#lib/protocol/work-record.ts'
import { BEATS, followMarks, MARK, PAUSE, sharedMarks } from './work-marks.ts'

/** Names a mark from now on. */
export type MarkName = { mark: number; work: Work | null }

/** The thread's input: the shared memory and its layout, and the work record's file. */
export type StallThreadData = {
  marks: Int32Array
  markPlace: number
  beatsPlace: number
  pausePlace: number
  path: string
  slotBytes: number
  /** Offset of its slot in the file. */
  slotAt: number
}

/** The thread needs little memory, but does not start with 8 MB. Megabytes. */
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 }

/**
 * Starts a thread that detects a stalled event loop and writes the load balancer that it works for to the work record, which
 * the stalled main thread can't do.
 * @param onError the thread has failed; the node goes on without it
 */
export function startStallDetector(path: string, onError: (error: unknown) => void): void {
  const workerData: StallThreadData = {
    marks: sharedMarks,
    markPlace: MARK,
    beatsPlace: BEATS,
    pausePlace: PAUSE,
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
