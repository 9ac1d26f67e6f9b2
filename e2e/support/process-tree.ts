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
  // Field 4, after the command's name in parentheses, which may hold spaces.
  return Number(
    read(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  )
}

/** Every process below `root`, with its title. */
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

/** Whether a process is there and not a zombie. */
export function isRunning(pid: number): boolean {
  const state = read(pid, 'stat').replace(/^.*\) /s, '')[0]
  return state !== undefined && state !== 'Z'
}
