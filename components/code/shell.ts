/** Text for a place between single quotes of a POSIX shell. */
export function insideQuotes(text: string): string {
  return text.replaceAll("'", "'\\''")
}

/** A word of a POSIX shell: in quotes where something in it would be more than itself. */
export function word(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${insideQuotes(text)}'`
}
