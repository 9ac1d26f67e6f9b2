/** One header field. `lower` is its name in lower case; the value is latin1 text without the white space around it. */
export type Field = { name: string; lower: string; value: string }
