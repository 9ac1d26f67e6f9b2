import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

const SPIN =
  'process.on("disconnect", () => process.exit()); const spin = () => { const end = Date.now() + 20; while (Date.now() < end); setImmediate(spin) }; spin()'

/** Keeps every CPU busy with one process each, like other programs on the machine, until it is stopped. */
export function keepProcessorsBusy(count = availableParallelism()): () => void {
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', SPIN], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }),
  )
  return () => {
    for (const child of children) child.kill('SIGKILL')
  }
}
