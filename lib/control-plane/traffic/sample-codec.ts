import { aggregateOverTime, SAMPLE_LENGTH, type Sample } from './sample.ts'

/** The sample of one part in one slot of a minute. `part` is the key of a row in `parts`. */
export type StoredSample = { part: number; slot: number; sample: Sample }

/** The maximum size of a number below 2^53, with seven bits per byte. */
const VARINT_MAX_BYTES = 8
const LENGTH_BYTES = 2
const STORED_MAX_BYTES = (2 + SAMPLE_LENGTH) * VARINT_MAX_BYTES + LENGTH_BYTES

/**
 * Encodes each sample as its part, slot, length and numbers. Numbers are LEB128 varints, and a run of zeros is a zero followed by
 * its length. Concatenated encodings are an encoding of all their samples.
 */
export function encodeSamples(samples: readonly StoredSample[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(samples.length * STORED_MAX_BYTES)
  let at = 0
  for (const { part, slot, sample } of samples) {
    at = putVarint(bytes, putVarint(bytes, at, part), slot)
    const start = at + LENGTH_BYTES
    const end = putNumbers(bytes, start, sample)
    bytes.writeUInt16LE(end - start, at)
    at = end
  }
  return bytes.subarray(0, at)
}

function putNumbers(bytes: Uint8Array, start: number, sample: Sample): number {
  let at = start
  for (let index = 0; index < SAMPLE_LENGTH; ) {
    const value = sample[index] ?? 0
    let run = 1
    while (value === 0 && index + run < SAMPLE_LENGTH && !sample[index + run]) run += 1
    at = putVarint(bytes, at, value)
    if (value === 0) at = putVarint(bytes, at, run)
    index += run
  }
  return at
}

/** Decodes the samples of some parts. Aggregates samples of the same part and slot, which the control plane writes if it restarts within a minute. */
export function decodeSamples(
  bytes: Uint8Array,
  includesPart: (part: number) => boolean,
): StoredSample[] {
  const samples = new Map<string, StoredSample>()
  const reader = { bytes, at: 0 }
  while (reader.at < bytes.length) {
    const part = takeVarint(reader)
    const slot = takeVarint(reader)
    const length = (bytes[reader.at] ?? 0) + 256 * (bytes[reader.at + 1] ?? 0)
    reader.at += LENGTH_BYTES
    const end = reader.at + length
    if (includesPart(part)) {
      const sample = takeNumbers(reader, end)
      const key = `${part}/${slot}`
      const before = samples.get(key)
      if (before) aggregateOverTime(before.sample, sample)
      else samples.set(key, { part, slot, sample })
    }
    reader.at = end
  }
  return [...samples.values()]
}

type Reader = { readonly bytes: Uint8Array; at: number }

function takeNumbers(reader: Reader, end: number): Sample {
  const sample: Sample = []
  while (reader.at < end) {
    const value = takeVarint(reader)
    const count = value === 0 ? takeVarint(reader) : 1
    for (let index = 0; index < count; index += 1) sample.push(value)
  }
  return sample
}

/** No bit operations: a minute's bytes at 1 Gbit/s exceed 32 bits. @returns the offset after the number */
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
