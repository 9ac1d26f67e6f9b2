// Plain JavaScript: stripping types would cost this thread more memory and time than its work.
import { openSync, writeSync } from 'node:fs'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'

/** Interval of its checks. Milliseconds. */
const LOOK_MS = 50
/** Checks in a row without an iteration of the event loop that make a stall: 200 ms. Counted, because the thread may be paused too. */
const LOOKS_STALLED = 4
/** Number and interval (milliseconds) of the samples of a stalled event loop's mark. */
const SAMPLES = 10
const SAMPLE_MS = 2
/** Samples that must agree on one load balancer. */
const SAMPLES_SAME = 8

/** @typedef {import('#lib/protocol/work-record.ts').Work} Work */

/** @type {import('./stall-detector.ts').StallThreadData} */
const { marks, markIndex, beatsIndex, pauseIndex, path, slotBytes, slotAt } = workerData
const file = openSync(path, 'r+')
/** @type {Map<number, Work>} */
const names = new Map()

/** @param {number} ms */
const pause = (ms) => Atomics.wait(marks, pauseIndex, 0, ms)

function learnNames() {
  if (!parentPort) return
  for (;;) {
    const received = receiveMessageOnPort(parentPort)
    if (!received) return
    const { mark, work } = received.message
    if (work) names.set(mark, work)
    else names.delete(mark)
  }
}

/** @param {Work | null} serving */
function write(serving) {
  try {
    writeSync(file, JSON.stringify({ serving }).padEnd(slotBytes).slice(0, slotBytes), slotAt)
  } catch {
    // Without a record, a crash is blamed on no load balancer.
  }
}

/** The load balancer that uses the event loop at the moment; null if there is no single one. */
function sample() {
  /** @type {Map<number, number>} */
  const counts = new Map()
  for (let taken = 0; taken < SAMPLES; taken += 1) {
    const mark = Atomics.load(marks, markIndex)
    counts.set(mark, (counts.get(mark) ?? 0) + 1)
    pause(SAMPLE_MS)
  }
  for (const [mark, count] of counts) if (count >= SAMPLES_SAME) return names.get(mark) ?? null
  return null
}

let beats = 0
let looks = 0
let isRecorded = false
for (;;) {
  pause(LOOK_MS)
  learnNames()
  const now = Atomics.load(marks, beatsIndex)
  looks = now === beats ? looks + 1 : 0
  beats = now
  if (looks >= LOOKS_STALLED) {
    const work = sample()
    if (work) write(work)
    if (work) isRecorded = true
  } else if (isRecorded) {
    write(null)
    isRecorded = false
  }
}
