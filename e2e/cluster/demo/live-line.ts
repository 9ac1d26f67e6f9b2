/** The last line of a terminal, which is replaced while others are printed above it. Elsewhere only those are printed. */
export class LiveLine {
  readonly #output: NodeJS.WriteStream
  #line = ''

  constructor(output: NodeJS.WriteStream) {
    this.#output = output
  }

  show(line: string): void {
    this.#line = line
    if (this.#output.isTTY) this.#output.write(`\r\u001b[K  ${line}`)
  }

  print(line: string): void {
    if (!this.#output.isTTY) {
      this.#output.write(`${line}\n`)
      return
    }
    this.#output.write(`\r\u001b[K  ${line}\n  ${this.#line}`)
  }
}
