import type { FieldName } from './field-names.ts'

/** Where the parts of a field's line are in its head's text. */
export type FieldPlaces = {
  /** The line's beginning, and so the name's. */
  start: number
  nameEnd: number
  valueStart: number
  valueEnd: number
  /** Where the next line begins. */
  end: number
}

/**
 * One header field, a line of a head's text (latin1). Name and value are cut out of the text only when they are asked
 * for, as most of them never are.
 */
export class Field implements FieldPlaces {
  readonly start: number
  readonly nameEnd: number
  readonly valueStart: number
  readonly valueEnd: number
  readonly end: number
  readonly #text: string
  readonly #name: FieldName

  constructor(text: string, name: FieldName, places: FieldPlaces) {
    this.#text = text
    this.#name = name
    this.start = places.start
    this.nameEnd = places.nameEnd
    this.valueStart = places.valueStart
    this.valueEnd = places.valueEnd
    this.end = places.end
  }

  /** As it came. */
  get name(): string {
    return this.#text.slice(this.start, this.nameEnd)
  }

  /** The name in lower case. */
  get lower(): string {
    return this.#name.lower
  }

  /** The name as a server that hands fields on as CGI does would read it. */
  get plain(): string {
    return this.#name.plain
  }

  /** Without the white space around it. */
  get value(): string {
    return this.#text.slice(this.valueStart, this.valueEnd)
  }

  /** Whether the line is `name: value` and nothing else. */
  get tidy(): boolean {
    const spaced = this.valueStart === this.nameEnd + 2 && this.valueEnd === this.end - 2
    return spaced && this.#text[this.nameEnd + 1] === ' '
  }
}
