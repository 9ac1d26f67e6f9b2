// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about all that is one byte.
const BEYOND = /[^\x00-\xff]/

/** Whether each character is one byte. V8 knows of most texts without looking at them. */
export function isLatin1(text: string): boolean {
  return !BEYOND.test(text)
}

/**
 * A text's bytes. Node's encoder keeps the last byte of a longer character: U+010A would become a line's end.
 * @throws RangeError where a character is longer than a byte
 */
export function latin1Bytes(text: string): Buffer {
  if (!isLatin1(text)) throw new RangeError('The text has characters that are no bytes.')
  return Buffer.from(text, 'latin1')
}
