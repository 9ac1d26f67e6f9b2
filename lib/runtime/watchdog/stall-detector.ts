import { Worker } from 'node:worker_threads'
import { SLOT_BYTES, STALL_SLOT, type Work } from '#lib/config/work-record.ts'
import { contain } from '#lib/process/faults.ts'
import { BEATS, followMarks, MARK, PAUSE, sharedMarks } from './work-marks.ts'

/** What a mark stands for from now on. */
export type MarkName = { mark: number; work: Work | null }

/** What the thread is given: the shared memory with its places, and the work record's file. */
export type StallThreadData = {
  marks: Int32Array
  markPlace: number
  beatsPlace: number
  pausePlace: number
  path: string
  slotBytes: number
  /** Where in the file its slot begins. */
  slotAt: number
}

/** It keeps names and little else; with 8 MB it does not start. Megabytes. */
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 }

/**
 * Starts a thread that notices when the event loop stands still, and writes into the work record for which load balancer:
 * the main thread could not any more.
 * @param onError the thread can't go on; the node goes on without it
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
