import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What the flooding process is to send. */
export type Flood = {
  address: string
  port: number
  connections: number
  /** What each connection begins with, latin1. */
  first: string
  /** What it then repeats without end, latin1; empty to close and connect again at once. */
  block: string
  /** Whether it reads what comes back. */
  reads: boolean
}

const PROGRAM = join(import.meta.dirname, 'flood-program.ts')

/**
 * Sends at full speed from a process of its own until it is stopped. Connections that are closed are made anew.
 * @returns how to end it; that answers the bytes sent
 */
export async function startFlood(flood: Flood): Promise<() => Promise<number>> {
  const args = ['--disable-warning=ExperimentalWarning', PROGRAM, JSON.stringify(flood)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await once(child, 'message')
  return async () => {
    const closed = once(child, 'close')
    child.send('stop')
    await closed
    return Number(output)
  }
}
