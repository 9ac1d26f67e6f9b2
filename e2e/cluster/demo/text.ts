import type { DemoState } from '#lib/core/demo-state.ts'
import type { MachineState } from './machines.ts'

const SIGNS = { running: '●', starting: '◐', off: '○' }

/** One line: `lb-1 ●  lb-2 ○  cp-1 ●   200 requests/s through lb-1`. */
export function stateText({ hosts, traffic }: DemoState): string {
  const signs = hosts.map(({ name, state }) => `${name} ${SIGNS[state]}`).join('  ')
  const { requests, failed, through } = traffic
  const lost = failed > 0 ? `, ${failed} failed` : ''
  return `${signs}   ${requests} requests/s through ${through ?? '…'}${lost}`
}

export function blackoutText({ at, ms, from, to }: DemoState['blackouts'][number]): string {
  const time = new Date(at).toLocaleTimeString('en-GB')
  const how = from === to ? `${to} answers again` : `${to} took over from ${from}`
  return `${time}  ${how}: new connections waited ${ms.toFixed(0)} ms`
}

/** What has just happened to a machine. */
export function machineText({ name, role, database, state }: MachineState): string {
  const time = new Date().toLocaleTimeString('en-GB')
  const back = {
    load_balancer: 'is back, as the backup of what it lost',
    control_plane: 'is back',
    database: `is back, as the ${database}`,
  }
  const words = {
    off: 'has no power: its processes are gone, and its cable is dead',
    starting: 'boots',
    running: back[role],
  }
  return `${time}  ${name} ${words[state]}`
}
