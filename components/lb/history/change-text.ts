import type { Change } from '#lib/core/change.ts'

type Actor = Change['actor']

/** An actor's name: "ada@example.com", "API token SCW…", "Fairlead (rebalance)". */
export function actorName({ kind, name }: Pick<Actor, 'kind' | 'name'>): string {
  if (kind === 'token') return `API token ${name}`
  return kind === 'system' ? `Fairlead (${name})` : name
}

const RESOURCE_TYPE_NAMES: Record<Change['resource']['type'], string> = {
  lb: 'load balancer',
  ip: 'IP address',
  frontend: 'frontend rule',
  backend: 'backend rule',
  route: 'route',
  acl: 'ACL',
  certificate: 'certificate',
  private_network: 'private network',
  subscriber: 'subscriber',
  token: 'API token',
  account: 'account',
  node: 'node',
  join_token: 'join token for node',
}

export const resourceTypeName = (type: Change['resource']['type']) => RESOURCE_TYPE_NAMES[type]

/** Unknown verbs are shown as they are. */
const VERBS: Record<string, string> = {
  create: 'created',
  update: 'changed',
  delete: 'deleted',
  set_servers: 'changed the servers of',
  add_servers: 'added servers to',
  remove_servers: 'removed servers from',
  set_health_check: 'changed the health check of',
  attach: 'attached',
  detach: 'detached, and kept,',
  release: 'released',
  switch_over: 'switched over',
  drain_node: 'moved, with all of its node,',
  subscribe: 'set the subscriber of',
  unsubscribe: 'removed the subscriber of',
  restore: 'restored',
  rotate_secret: 'made a new secret for',
  migrate: 'changed the type of',
  rebalance: 'gave back to its master',
  move: 'moved, to other hosts,',
  cancel_move: 'cancelled the move of',
  drain: 'drained',
  undrain: 'returned to service',
  split_brain: 'found two hosts that answered for',
  invite: 'invited',
  accept: 'accepted the invitation for',
  set_password: 'chose a new password, by a link, for',
  hand_over: 'handed over',
  make_link: 'made a password link for',
  join: 'joined',
  follow_database: 'had the nodes follow the database for',
}

/** The predicate of a change in three parts: "changed", "frontend rule", "web". */
export function describeChange({
  verb,
  resource,
  before,
  after,
}: Pick<Change, 'verb' | 'resource' | 'before' | 'after'>) {
  const allocated = resource.type === 'ip' && verb === 'create'
  return {
    verb: allocated ? 'allocated' : (VERBS[verb] ?? verb.replaceAll('_', ' ')),
    type: resourceTypeName(resource.type),
    name: nameOf(after ?? before),
  }
}

function nameOf(row: unknown): string {
  const { name, ip_address, match, private_network_id } = (row ?? {}) as Record<string, string>
  return name ?? ip_address ?? routeName(match) ?? private_network_id ?? ''
}

/** Routes have no names, so what they match stands for one. */
function routeName(match: unknown): string | undefined {
  const { sni, host_header, path_begin } = (match ?? {}) as Record<string, string>
  return sni ?? host_header ?? path_begin
}

/** One save with its changes in the order they were made, or one failover. */
export type HistoryEntry = {
  key: number
  at: string
  actor: Actor
  changes: Change[]
  failover: Change['failover']
}

/** Groups changes, newest first. Those of one generation were saved together. */
export function historyEntries(changes: readonly Change[]): HistoryEntry[] {
  const entries: HistoryEntry[] = []
  let generation: number | null = null
  for (const change of changes) {
    const last = entries.at(-1)
    if (last && generation !== null && change.generation === generation) {
      last.changes.unshift(change)
    } else {
      const { id: key, at, actor, failover } = change
      entries.push({ key, at, actor, changes: [change], failover })
    }
    generation = change.generation
  }
  return entries
}
