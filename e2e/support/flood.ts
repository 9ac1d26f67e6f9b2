import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setCpuPriority } from '#lib/testing/cpu-priority.ts'

/** What the flooding process sends. */
export type Flood = {
  address: string
  port: number
  connections: number
  /** Sent first on each connection, latin1. */
  first: string
  /** Sent repeatedly after that, latin1. Empty: closes and reconnects at once. */
  block: string
  /** Whether it reads responses. */
  reads: boolean
}

const PROGRAM = join(import.meta.dirname, 'flood-program.ts')

/**
 * Floods from a separate process until it is stopped. Closed connections are reopened.
 * @returns a function that stops it and resolves with the number of bytes sent
 */
export async function startFlood(flood: Flood): Promise<() => Promise<number>> {
  const args = ['--disable-warning=ExperimentalWarning', PROGRAM, JSON.stringify(flood)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await once(child, 'message')
  // Like clients on another machine, the flood shouldn't use this one's CPU time.
  setCpuPriority(child.pid ?? 0, 'idle')
  return async () => {
    const closed = once(child, 'close')
    child.send('stop')
    await closed
    return Number(output)
  }
}
