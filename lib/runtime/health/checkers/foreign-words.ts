const WORDS_MAX = 120

/** What a server says of itself, as it may be logged and shown: one line of plain text, at most 120 characters. */
export function foreignWords(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd').slice(0, WORDS_MAX)
}
