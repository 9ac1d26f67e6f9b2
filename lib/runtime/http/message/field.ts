import type { FieldName } from './field-names.ts'

/** The offsets of a field line's parts in the text of its head. */
export type FieldOffsets = {
  /** Of the line and its name. */
  start: number
  nameEnd: number
  valueStart: number
  valueEnd: number
  /** Of the next line. */
  end: number
}

/**
 * One header field: a line of a head's text (latin1). Name and value are sliced on demand, as most are never read.
 */
export class Field implements FieldOffsets {
  readonly start: number
  readonly nameEnd: number
  readonly valueStart: number
  readonly valueEnd: number
  readonly end: number
  readonly #text: string
  readonly #name: FieldName

  constructor(text: string, name: FieldName, offsets: FieldOffsets) {
    this.#text = text
    this.#name = name
    this.start = offsets.start
    this.nameEnd = offsets.nameEnd
    this.valueStart = offsets.valueStart
    this.valueEnd = offsets.valueEnd
    this.end = offsets.end
  }

  /** As received. */
  get name(): string {
    return this.#text.slice(this.start, this.nameEnd)
  }

  /** The name in lower case. */
  get lower(): string {
    return this.#name.lower
  }

  /** The name as servers see it that pass fields on as CGI does. */
  get plain(): string {
    return this.#name.plain
  }

  /** Without surrounding white space. */
  get value(): string {
    return this.#text.slice(this.valueStart, this.valueEnd)
  }

  /** Whether the line is exactly `name: value`. */
  get tidy(): boolean {
    const spaced = this.valueStart === this.nameEnd + 2 && this.valueEnd === this.end - 2
    return spaced && this.#text[this.nameEnd + 1] === ' '
  }
}
