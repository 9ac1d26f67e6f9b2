import { addLater, SAMPLE_LENGTH, type Sample } from './sample.ts'

/** The tally of one part in one slot of a minute. Parts are numbers here. */
export type Entry = { part: number; slot: number; tally: Sample }

/** More than a number takes: seven bits a byte. */
const VARINT_MAX_BYTES = 8
const LENGTH_BYTES = 2
const ENTRY_MAX_BYTES = (2 + SAMPLE_LENGTH) * VARINT_MAX_BYTES + LENGTH_BYTES

/**
 * Entries as bytes: part, slot, length, then the numbers, each as a LEB128 varint, with a run of zeros as a zero and
 * how many. Two such texts one after the other are the entries of both.
 */
export function encodeEntries(entries: readonly Entry[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(entries.length * ENTRY_MAX_BYTES)
  let at = 0
  for (const { part, slot, tally } of entries) {
    at = putVarint(bytes, putVarint(bytes, at, part), slot)
    const start = at + LENGTH_BYTES
    const end = putNumbers(bytes, start, tally)
    bytes.writeUInt16LE(end - start, at)
    at = end
  }
  return bytes.subarray(0, at)
}

function putNumbers(bytes: Uint8Array, start: number, tally: Sample): number {
  let at = start
  for (let place = 0; place < SAMPLE_LENGTH; ) {
    const value = tally[place] ?? 0
    let run = 1
    while (value === 0 && place + run < SAMPLE_LENGTH && !tally[place + run]) run += 1
    at = putVarint(bytes, at, value)
    if (value === 0) at = putVarint(bytes, at, run)
    place += run
  }
  return at
}

/** The entries of the parts that are wanted. One that is there twice, of two runs in one minute, is added up. */
export function decodeEntries(bytes: Uint8Array, wanted: (part: number) => boolean): Entry[] {
  const entries = new Map<string, Entry>()
  const reader = { bytes, at: 0 }
  while (reader.at < bytes.length) {
    const part = takeVarint(reader)
    const slot = takeVarint(reader)
    const length = (bytes[reader.at] ?? 0) + 256 * (bytes[reader.at + 1] ?? 0)
    reader.at += LENGTH_BYTES
    const end = reader.at + length
    if (wanted(part)) {
      const tally = takeNumbers(reader, end)
      const key = `${part}/${slot}`
      const before = entries.get(key)
      if (before) addLater(before.tally, tally)
      else entries.set(key, { part, slot, tally })
    }
    reader.at = end
  }
  return [...entries.values()]
}

type Reader = { readonly bytes: Uint8Array; at: number }

function takeNumbers(reader: Reader, end: number): Sample {
  const tally: Sample = []
  while (reader.at < end) {
    const value = takeVarint(reader)
    const count = value === 0 ? takeVarint(reader) : 1
    for (let index = 0; index < count; index += 1) tally.push(value)
  }
  return tally
}

/** Bytes of a gigabit a second pass 32 bits in a minute, so no bit operations. @returns where the next one goes */
function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value
  let next = at
  while (rest > 127) {
    bytes[next] = (rest % 128) + 128
    next += 1
    rest = Math.floor(rest / 128)
  }
  bytes[next] = rest
  return next + 1
}

function takeVarint(reader: Reader): number {
  let value = 0
  for (let factor = 1; ; factor *= 128) {
    const byte = reader.bytes[reader.at] ?? 0
    reader.at += 1
    value += (byte % 128) * factor
    if (byte < 128) return value
  }
}
