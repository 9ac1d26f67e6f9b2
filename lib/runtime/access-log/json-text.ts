import { latin1Bytes } from '../latin1.ts'

/** Longer text is truncated, so that clients can't control the length of a line. Characters. */
export const TEXT_MAX = 1024
const ELLIPSIS = '…'

const PLAIN = /^[ !#-[\]-~]*$/
const NOT_ASCII = /[^ -~]/g
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * A client's text as a JSON string of ASCII. Control characters and direction marks are escaped, so that they can't affect a terminal or
 * a log reader.
 * @param text latin1; decoded if it is valid UTF-8
 */
export function jsonText(text: string): string {
  if (text.length <= TEXT_MAX && PLAIN.test(text)) return `"${text}"`
  const decoded = decode(text)
  const cut = decoded.length > TEXT_MAX ? decoded.slice(0, TEXT_MAX) + ELLIPSIS : decoded
  return jsonName(cut)
}

/** Unicode text, such as a name of the configuration, as a JSON string of ASCII. */
export function jsonName(text: string): string {
  return JSON.stringify(text).replaceAll(NOT_ASCII, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function decode(text: string): string {
  try {
    return utf8.decode(latin1Bytes(text))
  } catch {
    return text
  }
}
