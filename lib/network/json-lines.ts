import { LINE_MAX_BYTES } from './messages.ts'

/** Splits a stream into lines, each parsed as JSON; null for a line that isn't JSON. */
export class JsonLines {
  #rest = ''

  /** @throws Error if a line is too long: what follows it can't be told apart any more */
  push(text: string): unknown[] {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > LINE_MAX_BYTES) throw new Error('A line is too long.')
    return lines.filter((line) => line !== '').map(parse)
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
