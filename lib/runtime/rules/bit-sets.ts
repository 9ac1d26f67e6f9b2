/** Sets of NFA positions, as bits of 32-bit words. */

/** A range of words, from the word `first` on. */
export type Words = { first: number; bits: Int32Array }

export function setBits(words: Int32Array, positions: readonly number[], offset: number): void {
  for (const position of positions) {
    const bit = offset + position
    const word = bit >> 5
    words[word] = (words[word] as number) | (1 << (bit & 31))
  }
}

/** The bits of positions, from the first word with a bit to the last. @param positions in ascending order */
export function wordsOf(positions: readonly number[], offset: number): Words {
  const [from] = positions
  const to = positions.at(-1)
  if (from === undefined || to === undefined) return { first: 0, bits: new Int32Array(0) }
  const first = (offset + from) >> 5
  const bits = new Int32Array(((offset + to) >> 5) - first + 1)
  setBits(bits, positions, offset - 32 * first)
  return { first, bits }
}

/** Adds the bits of a range of words. */
export function addWords(row: Int32Array, { first, bits }: Words): void {
  for (let word = 0; word < bits.length; word += 1) {
    row[first + word] = (row[first + word] as number) | (bits[word] as number)
  }
}

export function areEqual(one: Int32Array, other: Int32Array): boolean {
  for (let word = 0; word < one.length; word += 1) if (one[word] !== other[word]) return false
  return true
}
