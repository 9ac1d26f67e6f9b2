const UNSENDABLE = /[\s\p{Cc}]/u
const NOT_VISIBLE_ASCII = /[^\x21-\x7e]+/g

/** Whether a text has no white space, no control characters and no half of a surrogate pair, so that it can be encoded. */
export function isSendable(text: string): boolean {
  return !UNSENDABLE.test(text) && text.isWellFormed()
}

/** Percent-encodes all but visible ASCII as bytes of UTF-8 (RFC 3986 section 2.5). `text` is well-formed. */
export function encodeBeyondAscii(text: string): string {
  return text.replace(NOT_VISIBLE_ASCII, encodeURIComponent)
}
