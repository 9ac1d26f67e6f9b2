import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { waitFor } from '../wait.ts'

/** A program that reads and writes lines, such as a database's client. */
export type LineClient = {
  send(line: string): void
  /** Waits for a text in the output, and consumes the output up to its end. @returns the output before it */
  until(text: string): Promise<string>
  /** Sends a signal. On SIGINT most clients cancel the current command. */
  signal(name: NodeJS.Signals): void
  /** Ends the input. @returns the exit code */
  end(): Promise<number | null>
}

export function startLineClient(program: string, args: string[]): LineClient {
  const child = spawn(program, args, { stdio: 'pipe' })
  let output = ''
  const onOutput = (data: Buffer) => {
    output += data
  }
  child.stdout.on('data', onOutput)
  child.stderr.on('data', onOutput)
  // The program may have exited; `until` fails then.
  child.stdin.on('error', () => {})
  const exit = once(child, 'exit')
  return {
    send(line) {
      child.stdin.write(`${line}\n`)
    },
    async until(text) {
      const match = await waitFor(`"${text}" after "${output}"`, () => {
        const index = output.indexOf(text)
        return index < 0 ? null : { index }
      })
      const before = output.slice(0, match.index)
      output = output.slice(match.index + text.length)
      return before
    },
    signal(name) {
      child.kill(name)
    },
    async end() {
      child.stdin.end()
      const [code] = (await exit) as [number | null]
      return code
    },
  }
}
