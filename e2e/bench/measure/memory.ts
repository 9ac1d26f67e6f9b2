import { readFileSync } from 'node:fs'

/** The total resident memory of processes, KiB. */
export function residentKib(pids: number[]): number {
  const sizes = pids.map((pid) => {
    const [, size] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(size)
  })
  return sizes.reduce((sum, size) => sum + size, 0)
}
