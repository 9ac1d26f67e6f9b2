import { DatabaseSync } from 'node:sqlite'
import type { NodeList, NodeStatus } from '#lib/core/node.ts'
import type { RunningControlPlane } from './running-control-plane.ts'

/** Reads or changes the database of a running control plane. */
export function withDatabase<T>(
  { settings }: Pick<RunningControlPlane, 'settings'>,
  work: (database: DatabaseSync) => T,
): T {
  using database = new DatabaseSync(settings.databaseFile)
  database.exec('pragma busy_timeout = 5000')
  return work(database)
}

export async function nodeList({ call }: Pick<RunningControlPlane, 'call'>): Promise<NodeList> {
  return (await call('GET', '/fairlead/v1/nodes')).body
}

/** A node in the list; undefined if it isn't there. */
export async function nodeNamed(
  controlPlane: Pick<RunningControlPlane, 'call'>,
  name: string,
): Promise<NodeStatus | undefined> {
  return (await nodeList(controlPlane)).nodes.find((node) => node.name === name)
}

/** The history of a node or a join token. */
export function changesOf(
  controlPlane: Pick<RunningControlPlane, 'settings'>,
  id: string,
): Record<string, unknown>[] {
  const query = 'select * from changes where resource_id = ? order by id'
  const rows = withDatabase(controlPlane, (database) => database.prepare(query).all(id))
  return rows.map(({ before, after, ...row }) => ({
    ...row,
    before: JSON.parse(String(before)),
    after: JSON.parse(String(after)),
  }))
}

/** The details of all denials in the audit log. Lines are written a moment after the response. */
export function deniedDetails(controlPlane: Pick<RunningControlPlane, 'settings'>): string {
  const query = "select detail, details from audit where event = 'denied'"
  const rows = withDatabase(controlPlane, (database) => database.prepare(query).all())
  return rows.map(({ detail, details }) => `${detail} ${details}`).join('\n')
}
