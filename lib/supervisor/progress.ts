import type { ChildEnd } from './child.ts'

/** What `npm start` tells the person who typed it: plain lines on standard output. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Says what begins, runs it, and says how long it took where that was long enough to notice. */
export async function step<T>(what: string, run: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  say(`${what} …`)
  const result = await run()
  const seconds = (performance.now() - startedAt) / 1000
  if (seconds >= 2) say(`  done in ${seconds.toFixed(1)} s`)
  return result
}

/** Tells of a process that ended by itself. */
export function sayEnd(name: string, { unasked, words }: ChildEnd): void {
  if (unasked) say(`${words.split('\n').at(-1)}. It is started again; see logs/${name}.log.`)
}
