import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { contain } from '#lib/process/faults.ts'
import { oneLine, PROGRAM_ENVIRONMENT, programPath } from './programs.ts'

/** Answered with one line, whatever tables there are: it ends the output of the command before it. */
const MARKER = 'describe meta mark'
const MARKER_ANSWER = /^meta expression, .*\n/m
/** nft keeps every line in its history, so it's started anew after so many characters. */
const WRITTEN_MAX = 4 << 20
/** It reads longer lines from a file: it edits what it reads from its input, which takes longer than the transaction. */
const LINE_MAX = 1000
/** How long a command may take. Milliseconds. */
const ANSWER_MS = 10_000

type Request = {
  line: string
  resolve(output: string): void
  reject(error: Error): void
}

/**
 * One `nft -i` that runs all transactions and queries: each takes half a millisecond, where starting nft takes ten. A line is one
 * transaction, however many commands it has.
 */
export class NftSession {
  readonly #file: string
  readonly #queue: Request[] = []
  #child: ChildProcessWithoutNullStreams | null = null
  #current: Request | null = null
  #deadline: NodeJS.Timeout | undefined
  #output = ''
  #errors = ''
  #written = 0

  /** @param file for long lines; only root may be able to write to it */
  constructor(file: string) {
    this.#file = file
  }

  /**
   * Runs the commands as one transaction.
   * @returns the output
   * @throws Error with nft's message, by rejection; then none of the commands had an effect
   */
  run(...commands: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ line: commands.join('; '), resolve, reject })
      this.#next()
    })
  }

  close(): void {
    this.#child?.kill()
    this.#child = null
  }

  #next(): void {
    if (this.#current) return
    const request = this.#queue.shift()
    if (!request) return
    this.#current = request
    try {
      const child = this.#running()
      const line = this.#short(request.line)
      this.#written += line.length
      this.#deadline = setTimeout(
        contain('deadline', () => this.#abandon(child, 'nft does not answer.')),
        ANSWER_MS,
      )
      child.stdin.write(`${line}\n${MARKER}\n`)
    } catch (error) {
      this.#finish((error as Error).message)
    }
  }

  #short(line: string): string {
    if (line.length <= LINE_MAX) return line
    writeFileSync(this.#file, `${line}\n`, { mode: 0o600 })
    return `include "${this.#file}"`
  }

  #running(): ChildProcessWithoutNullStreams {
    if (this.#child && this.#written >= WRITTEN_MAX) this.close()
    this.#child ??= this.#start()
    return this.#child
  }

  #start(): ChildProcessWithoutNullStreams {
    const child = spawn(programPath('nft'), ['-i'], { env: PROGRAM_ENVIRONMENT })
    this.#written = 0
    const ended = contain('process', (why: unknown) =>
      this.#abandon(child, `nft ended: ${why instanceof Error ? why.message : why}.`),
    )
    child.on('error', ended)
    child.on('exit', ended)
    child.stdin.on('error', () => {})
    child.stderr.setEncoding('utf8').on(
      'data',
      contain('process', (text: string) => {
        if (child === this.#child) this.#errors += text
      }),
    )
    child.stdout.setEncoding('utf8').on(
      'data',
      contain('process', (text: string) => {
        if (child === this.#child) this.#onOutput(text)
      }),
    )
    return child
  }

  #onOutput(text: string): void {
    this.#output += text
    if (!MARKER_ANSWER.test(this.#output)) return
    // nft wrote its errors before the marker, so this round of the event loop reads them too.
    setImmediate(contain('process', () => this.#finish(null)))
  }

  /** The session can't be used any more; the next command starts another one. */
  #abandon(child: ChildProcessWithoutNullStreams, why: string): void {
    if (child !== this.#child) return
    this.#child = null
    child.kill('SIGKILL')
    if (this.#current) this.#finish(why)
  }

  #finish(problem: string | null): void {
    const request = this.#current
    if (!request) return
    clearTimeout(this.#deadline)
    const output = this.#output.replace(MARKER_ANSWER, '')
    const errors = problem ?? messageOf(this.#errors)
    this.#current = null
    this.#output = ''
    this.#errors = ''
    if (errors) request.reject(new Error(errors))
    else request.resolve(output)
    this.#next()
  }
}

/** The first message, without the place before it and the command that follows it. Empty if there is none. */
function messageOf(errors: string): string {
  const [, message] = /(?:^|: )Error: (.*(?:\nCould not .*)?)/m.exec(errors) ?? []
  const text = oneLine(message ?? errors)
  return text && `nft failed: ${text}.`
}
