import { readdirSync } from 'node:fs'

/** How many files, sockets among them, a process has open. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
