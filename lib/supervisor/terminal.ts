import type { ChildExit } from './child.ts'

/** Prints a line to the terminal in which `npm start` runs. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Prints what begins and runs it. Prints how long it took if that was 2 s or more. */
export async function step<T>(what: string, run: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  print(`${what} …`)
  const result = await run()
  const seconds = (performance.now() - startedAt) / 1000
  if (seconds >= 2) print(`  done in ${seconds.toFixed(1)} s`)
  return result
}

/** Prints that a process ended, unless it was asked to. */
export function printExit(name: string, { unexpected, message }: ChildExit): void {
  if (unexpected) print(`${message.split('\n').at(-1)}. It is restarted; see logs/${name}.log.`)
}
