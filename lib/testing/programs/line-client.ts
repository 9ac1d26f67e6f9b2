import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { waitFor } from '../wait.ts'

/** A program that takes lines and answers with lines, such as a database's own client. */
export type LineClient = {
  say(line: string): void
  /** Waits for that text in what it says, and takes all up to its end. @returns what came before it */
  until(text: string): Promise<string>
  /** Sends it a signal: SIGINT has most clients give up what they wait for. */
  signal(name: NodeJS.Signals): void
  /** Tells it that no more lines come. @returns its exit code */
  end(): Promise<number | null>
}

export function startLineClient(program: string, args: string[]): LineClient {
  const child = spawn(program, args, { stdio: 'pipe' })
  let said = ''
  const hear = (data: Buffer) => {
    said += data
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  // It may have ended, which shows in what it says.
  child.stdin.on('error', () => {})
  const exit = once(child, 'exit')
  return {
    say(line) {
      child.stdin.write(`${line}\n`)
    },
    async until(text) {
      const place = await waitFor(`"${text}" after "${said}"`, () => {
        const index = said.indexOf(text)
        return index < 0 ? null : { index }
      })
      const before = said.slice(0, place.index)
      said = said.slice(place.index + text.length)
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
