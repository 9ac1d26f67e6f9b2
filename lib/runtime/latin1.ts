// biome-ignore lint/suspicious/noControlCharactersInRegex: all characters of one byte.
const BEYOND = /[^\x00-\xff]/

/** Whether every character is one byte. V8 knows this of most strings without scanning them. */
export function isLatin1(text: string): boolean {
  return !BEYOND.test(text)
}

/**
 * Encodes text as latin1. Node's own encoder truncates longer characters: U+010A would become a line feed.
 * @throws RangeError if a character is longer than a byte
 */
export function latin1Bytes(text: string): Buffer {
  if (!isLatin1(text)) throw new RangeError('The text has characters beyond latin1.')
  return Buffer.from(text, 'latin1')
}
