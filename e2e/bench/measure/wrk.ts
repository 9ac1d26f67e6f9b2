import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { requireProgram } from '#lib/testing/programs/programs.ts'
import type { Place } from '../contenders/contender.ts'
import type { Sample } from './sample.ts'

export type WrkLoad = {
  path: string
  connections: number
  seconds: number
  headers?: string[]
}

const MILLISECONDS = { us: 0.001, ms: 1, s: 1000, m: 60_000 }

/** wrk's closed loop: each connection sends its next request after the response. @throws Error with wrk's output on a failure */
export async function wrk({ address, port }: Place, load: WrkLoad): Promise<Sample> {
  const { path, connections, seconds, headers = [] } = load
  const { stdout } = await promisify(execFile)(requireProgram('wrk'), [
    ...['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '10s'],
    ...headers.flatMap((header) => ['-H', header]),
    `http://${address}:${port}${path}`,
  ])
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout)
  const [, count, unit] = /(\d+) requests in ([\d.]+)s/.exec(stdout) ?? []
  return {
    units: Number(count),
    seconds: Number(unit),
    p50: percentile(stdout, 50),
    p99: percentile(stdout, 99),
  }
}

function percentile(output: string, which: number): number {
  const [, value, unit] = new RegExp(`${which}%\\s+([\\d.]+)(us|ms|s|m)`).exec(output) ?? []
  return Number(value) * MILLISECONDS[unit as keyof typeof MILLISECONDS]
}
