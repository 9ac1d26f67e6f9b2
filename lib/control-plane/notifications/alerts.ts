import type { ObservedServer, ServerState } from '#lib/core/observed.ts'
import { activeReport } from '../nodes/observed/instance-state.ts'
import { lbStatus, type StateInput } from '../nodes/observed/lb-status.ts'
import type { BackendRow } from '../store/tables.ts'
import type { AlertStates } from './alert-evaluator.ts'

/** What is watched of a backend. */
export type WatchedBackend = Pick<BackendRow, 'id' | 'name' | 'servers'>

export const LB_SUBJECT = 'lb'
export const QUARANTINE_SUBJECT = 'quarantine'
export const backendSubject = (id: string) => `backend:${id}`
export const serverSubject = (backendId: string, address: string) =>
  `server:${backendId}/${address}`

/** What is wrong with a load balancer now, by subject: itself, its newest generation, each backend, each server. */
export function alertStates(state: StateInput, backends: WatchedBackend[]): AlertStates {
  const findings = new Map<string, boolean | null>([
    [LB_SUBJECT, statusFinding(state)],
    [QUARANTINE_SUBJECT, quarantineFinding(state)],
  ])
  const seen = serverStates(state)
  for (const { id, servers } of backends) {
    const wrong = servers.map((address) => seen.get(`${id}/${address}`) ?? null)
    servers.forEach((address, index) => {
      findings.set(serverSubject(id, address), wrong[index] ?? null)
    })
    if (servers.length > 0) findings.set(backendSubject(id), backendFinding(wrong))
  }
  return findings
}

/** Each server, by its subject, as the active node sees it, or else any. */
export function observedServers(state: StateInput): Map<string, ObservedServer> {
  const reports = [...state.nodes.map(({ report }) => report), activeReport(state.nodes)]
  return new Map(
    reports.flatMap((report) =>
      (report?.servers ?? []).map(
        (server) => [serverSubject(server.backend_id, server.address), server] as const,
      ),
    ),
  )
}

function statusFinding(state: StateInput): boolean | null {
  const status = lbStatus(state)
  if (status === 'error') return true
  return status === 'ready' ? false : null
}

/** Whether a node has quarantined the newest generation; null (unknown) while a node is disconnected. */
function quarantineFinding({ nodes, generation }: StateInput): boolean | null {
  if (nodes.some(({ quarantine }) => quarantine?.generation === generation)) return true
  return nodes.every(({ connected }) => connected) ? false : null
}

/** Of each server whether it is down; null where nodes do not agree, or do not know. */
function serverStates({ nodes }: StateInput): Map<string, boolean | null> {
  const states = new Map<string, boolean | null>()
  for (const { report } of nodes) {
    for (const { backend_id, address, state } of report?.servers ?? []) {
      const key = `${backend_id}/${address}`
      const wrong = WRONG[state]
      states.set(key, states.has(key) && states.get(key) !== wrong ? null : wrong)
    }
  }
  return states
}

const WRONG: Record<ServerState, boolean | null> = { down: true, up: false, unknown: null }

/** All of its servers are down, or one is not; what is not known leaves it open. */
function backendFinding(servers: (boolean | null)[]): boolean | null {
  if (servers.some((wrong) => wrong === false)) return false
  return servers.every((wrong) => wrong === true) ? true : null
}
