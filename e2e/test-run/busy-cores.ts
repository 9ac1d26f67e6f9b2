import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'

const BURST_MS = 50

/** Keeps one core busy until its parent has exited in any way. */
const BUSY = `
  const parent = Number(process.argv[1])
  const burn = () => {
    for (const until = performance.now() + ${BURST_MS}; performance.now() < until; );
    if (process.ppid === parent) setImmediate(burn)
  }
  burn()
`

/** Keeps every core busy with a process each. Resolves, once they run, with their PIDs and a function that ends them. */
export async function occupyCores(count = availableParallelism()) {
  const processes = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', BUSY, String(process.pid)], { stdio: 'ignore' }),
  )
  await Promise.all(processes.map((child) => once(child, 'spawn')))
  return {
    pids: processes.map((child) => child.pid as number),
    async stop(): Promise<void> {
      const running = processes.filter(
        ({ exitCode, signalCode }) => (exitCode ?? signalCode) === null,
      )
      const exits = running.map((child) => once(child, 'exit'))
      for (const child of running) child.kill('SIGKILL')
      await Promise.all(exits)
    },
  }
}
