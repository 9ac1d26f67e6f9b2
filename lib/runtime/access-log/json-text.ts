import { latin1Bytes } from '../latin1.ts'

/** Longer text is cut here, so that no client decides how long a line gets. Characters. */
export const TEXT_MAX = 1024
const ELLIPSIS = '…'

const PLAIN = /^[ !#-[\]-~]*$/
const NOT_ASCII = /[^ -~]/g
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Text from a head as a JSON string of ASCII alone: no byte of a client's gets to a terminal or a log's reader
 * unencoded, control characters and direction marks among them.
 * @param text latin1, a character for each byte; what is valid UTF-8 is read as that
 */
export function jsonText(text: string): string {
  if (text.length <= TEXT_MAX && PLAIN.test(text)) return `"${text}"`
  const decoded = decode(text)
  const cut = decoded.length > TEXT_MAX ? decoded.slice(0, TEXT_MAX) + ELLIPSIS : decoded
  return jsonName(cut)
}

/** As `jsonText`, of text that is text already: a name from the configuration. */
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
