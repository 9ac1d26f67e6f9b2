const UNSENDABLE = /[\s\p{Cc}]/u
const NOT_VISIBLE_ASCII = /[^\x21-\x7e]+/g

/** Whether a text contains no white space, control characters or lone surrogates. */
export function isSendable(text: string): boolean {
  return !UNSENDABLE.test(text) && text.isWellFormed()
}

/** Percent-encodes everything but visible ASCII as UTF-8 (RFC 3986 section 2.5). `text` must be well-formed. */
export function encodeBeyondAscii(text: string): string {
  return text.replace(NOT_VISIBLE_ASCII, encodeURIComponent)
}
