import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { setCpuPriority } from '#lib/testing/cpu-priority.ts'
import type { Place } from '../contenders/contender.ts'
import type { Sample } from './sample.ts'

/** @property realTime whether its process runs before all others, like clients on another machine; needs root */
export type SteadyRate = Place & { perSecond: number; seconds: number; realTime?: boolean }

const PROGRAM = join(import.meta.dirname, 'steady-rate-process.ts')

/**
 * An open loop, from a process of its own: requests are due at a constant rate, whether those before have been answered
 * or not, and their time runs from when they were due, so that a proxy that stands still can't hide it.
 */
export async function steadyRate(rate: SteadyRate): Promise<Sample> {
  const flags = ['--disable-warning=ExperimentalWarning']
  const args = [...flags, PROGRAM, JSON.stringify(rate)]
  const running = promisify(execFile)(process.execPath, args)
  if (rate.realTime) setCpuPriority(running.child.pid ?? 0, 'real-time')
  const { stdout } = await running
  return JSON.parse(stdout) as Sample
}
