/** One header field. `lower` is its name in lower case; the value is latin1 text without the white space around it. */
export type Field = {
  name: string
  lower: string
  value: string
  /** Where its line begins in the head's text. */
  start: number
  /** Where the next line begins. */
  end: number
}
