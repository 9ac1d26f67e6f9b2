import type { Attempt } from './prober.ts'

/** A slower answer counts as lost. Milliseconds. */
const SLOW_MS = 200

/**
 * How long a client had to wait for a new connection after a time: the longest time from the last success before failures to the
 * first one after them, or to the last attempt if none succeeded; or else the slowest answer. A pause of the client itself, when it
 * tried nothing, is none.
 */
export function longestGap(attempts: readonly Attempt[], after: number): number {
  let longest = 0
  let lastSuccess = attempts[0]?.at ?? 0
  let hasFailed = false
  for (const { at, ms, letter } of attempts) {
    if (letter === null || ms >= SLOW_MS) {
      hasFailed = true
      continue
    }
    if (at > after) longest = Math.max(longest, hasFailed ? at - lastSuccess : ms)
    lastSuccess = at
    hasFailed = false
  }
  return hasFailed ? Math.max(longest, (attempts.at(-1)?.at ?? 0) - lastSuccess) : longest
}

export function lost(attempts: readonly Attempt[]): number {
  return attempts.filter(({ letter }) => letter === null).length
}

/** Who answered last, and who answered at all, in order of appearance. */
export function letters(attempts: readonly Attempt[]): string {
  let seen = ''
  for (const { letter } of attempts) if (letter && !seen.endsWith(letter)) seen += letter
  return seen
}

/**
 * The longest time that two hosts answered ARP for one address: consecutive requests that both answered.
 * @param output of ask-arp.pl
 */
export function bothAnsweringMs(output: string, intervalMs: number): number {
  const answers = new Map<number, Set<string>>()
  for (const [, ask, mac = ''] of output.matchAll(/^(\d+) (\S+)$/gm)) {
    const number = Number(ask)
    answers.set(number, (answers.get(number) ?? new Set()).add(mac))
  }
  let longest = 0
  let run = 0
  const last = Math.max(0, ...answers.keys())
  for (let ask = 0; ask <= last; ask += 1) {
    run = (answers.get(ask)?.size ?? 0) > 1 ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return longest * intervalMs
}

/** Median and maximum as text. */
export function summary(values: readonly number[]): string {
  const sorted = [...values].sort((one, other) => one - other)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  return `${median.toFixed(0)}/${(sorted.at(-1) ?? 0).toFixed(0)} ms`
}
