/** Text escaped for single quotes of a POSIX shell. */
export function insideQuotes(text: string): string {
  return text.replaceAll("'", "'\\''")
}

/** A word of a POSIX shell, in quotes where it has special characters. */
export function word(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${insideQuotes(text)}'`
}
