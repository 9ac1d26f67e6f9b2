import type { NodeList, NodeStatus } from '#lib/core/node.ts'
import type { RunningControlPlane } from './running-control-plane.ts'

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
export function changesOf({ database }: Pick<RunningControlPlane, 'database'>, id: string) {
  const changes = database.selectFrom('changes').selectAll().where('resource_id', '=', id)
  return changes.orderBy('id').execute()
}

/** The details of all denials in the audit log. Lines are written a moment after the response. */
export async function deniedDetails({
  database,
}: Pick<RunningControlPlane, 'database'>): Promise<string> {
  const denials = database.selectFrom('audit').select(['detail', 'details'])
  const rows = await denials.where('event', '=', 'denied').execute()
  return rows.map(({ detail, details }) => `${detail} ${JSON.stringify(details)}`).join('\n')
}
