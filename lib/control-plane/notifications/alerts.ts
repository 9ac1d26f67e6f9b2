import type { ObservedServer, ServerState } from '#lib/core/observed.ts'
import { activeReport } from '../nodes/observed/instance-state.ts'
import { lbStatus, type StateInput } from '../nodes/observed/lb-status.ts'
import { certificatesOf } from '../nodes/observed/problems.ts'
import type { BackendRow } from '../store/tables.ts'
import type { AlertStates } from './alert-evaluator.ts'

/** The fields of a backend that alerts depend on. */
export type WatchedBackend = Pick<BackendRow, 'id' | 'name' | 'servers'>

export const LB_SUBJECT = 'lb'
export const QUARANTINE_SUBJECT = 'quarantine'
/** The certificate of a node's host, which other load balancers are on too. */
export const certificateSubject = (nodeId: string) => `node_certificate:${nodeId}`
export const isCertificate = (subject: string) => subject.startsWith(certificateSubject(''))
export const backendSubject = (id: string) => `backend:${id}`
export const serverSubject = (backendId: string, address: string) =>
  `server:${backendId}/${address}`

/** The alert states of a load balancer: its status, the quarantine of its newest generation, its nodes' certificates, each backend and each server. */
export function alertStates(state: StateInput, backends: WatchedBackend[]): AlertStates {
  const states = new Map<string, boolean | null>([
    [LB_SUBJECT, lbAlert(state)],
    [QUARANTINE_SUBJECT, quarantineAlert(state)],
    ...certificatesOf(state).map(
      ({ node, problem }) => [certificateSubject(node.id), problem !== null] as const,
    ),
  ])
  const downByServer = serverStates(state)
  for (const { id, servers } of backends) {
    const down = servers.map((address) => downByServer.get(`${id}/${address}`) ?? null)
    servers.forEach((address, index) => {
      states.set(serverSubject(id, address), down[index] ?? null)
    })
    if (servers.length > 0) states.set(backendSubject(id), backendAlert(down))
  }
  return states
}

/** The observed servers by subject. The active node's report takes precedence. */
export function observedServers(state: StateInput): Map<string, ObservedServer> {
  const reports = [...state.instances.map(({ report }) => report), activeReport(state.instances)]
  return new Map(
    reports.flatMap((report) =>
      (report?.servers ?? []).map(
        (server) => [serverSubject(server.backend_id, server.address), server] as const,
      ),
    ),
  )
}

function lbAlert(state: StateInput): boolean | null {
  const status = lbStatus(state)
  if (status === 'error') return true
  return status === 'ready' ? false : null
}

/** Whether a node has quarantined the newest generation; null (unknown) while a node is disconnected. */
function quarantineAlert({ instances, generation }: StateInput): boolean | null {
  if (instances.some(({ quarantine }) => quarantine?.generation === generation)) return true
  return instances.every(({ connected }) => connected) ? false : null
}

/** Whether each server is down; null if the nodes disagree or don't know. */
function serverStates({ instances }: StateInput): Map<string, boolean | null> {
  const states = new Map<string, boolean | null>()
  for (const { report } of instances) {
    for (const { backend_id, address, state } of report?.servers ?? []) {
      const key = `${backend_id}/${address}`
      const down = IS_DOWN[state]
      states.set(key, states.has(key) && states.get(key) !== down ? null : down)
    }
  }
  return states
}

const IS_DOWN: Record<ServerState, boolean | null> = { down: true, up: false, unknown: null }

/** Whether all of a backend's servers are down; null if that depends on servers whose state is unknown. */
function backendAlert(servers: (boolean | null)[]): boolean | null {
  if (servers.some((down) => down === false)) return false
  return servers.every((down) => down === true) ? true : null
}
