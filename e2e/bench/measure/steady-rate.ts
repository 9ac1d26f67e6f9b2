import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { setCpuPriority } from '#lib/testing/cpu-priority.ts'
import type { Place } from '../contenders/contender.ts'
import type { Sample } from './sample.ts'

/** @property realTime real-time priority for the load generator, like clients on another machine; needs root */
export type SteadyRate = Place & { perSecond: number; seconds: number; realTime?: boolean }

const PROGRAM = join(import.meta.dirname, 'steady-rate-process.ts')

/**
 * An open-loop load in its own process: requests are due at a constant rate, independent of responses, and latency counts from the
 * time at which they were due. So a proxy that stalls can't hide it (coordinated omission).
 */
export async function steadyRate(rate: SteadyRate): Promise<Sample> {
  const flags = ['--disable-warning=ExperimentalWarning']
  const args = [...flags, PROGRAM, JSON.stringify(rate)]
  const running = promisify(execFile)(process.execPath, args)
  if (rate.realTime) setCpuPriority(running.child.pid ?? 0, 'real-time')
  const { stdout } = await running
  return JSON.parse(stdout) as Sample
}
