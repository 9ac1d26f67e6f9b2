import { spawnSync } from 'node:child_process'

const CHRT_ARGS = { 'real-time': ['--fifo', '1'], idle: ['--idle', '0'] }

export type CpuPriority = keyof typeof CHRT_ARGS

/**
 * Sets the scheduling class of a process and its threads. `real-time` runs before all others, `idle` when no other wants
 * the CPU. Programs that simulate other machines use them, so that they don't compete with what is measured.
 * @returns false if it is not permitted (real time needs CAP_SYS_NICE)
 */
export function setCpuPriority(pid: number, priority: CpuPriority): boolean {
  const [policy = '', value = ''] = CHRT_ARGS[priority]
  return spawnSync('chrt', ['--all-tasks', policy, '--pid', value, String(pid)]).status === 0
}
