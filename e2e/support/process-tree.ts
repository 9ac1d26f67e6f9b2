import { readdirSync, readFileSync } from 'node:fs'

export type RunningProcess = { pid: number; title: string }

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function parentOf(pid: number): number {
  // Field 4, after the command's name in parentheses, which may contain spaces.
  return Number(
    read(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  )
}

/** All descendants of a process, with their titles. */
export function descendants(root: number): RunningProcess[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(Number(name))]),
  )
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid)
    return parent !== undefined && (parent === root || (parent > 1 && isBelow(parent)))
  }
  return [...parents.keys()].filter(isBelow).map((pid) => {
    const title = read(pid, 'cmdline').replaceAll('\0', ' ').trim()
    return { pid, title }
  })
}

/** Whether a process exists and is not a zombie. */
export function isRunning(pid: number): boolean {
  const state = read(pid, 'stat').replace(/^.*\) /s, '')[0]
  return state !== undefined && state !== 'Z'
}
