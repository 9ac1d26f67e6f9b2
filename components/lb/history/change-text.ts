import type { Change } from '#lib/core/change.ts'

type Actor = Change['actor']

/** Who changed something: "ada@example.com", "API token SCW…", "Fairlead". */
export function actorWords({ kind, name }: Pick<Actor, 'kind' | 'name'>): string {
  if (kind === 'token') return `API token ${name}`
  return kind === 'system' ? `Fairlead (${name})` : name
}

const TYPE_WORDS: Record<Change['resource']['type'], string> = {
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
}

/** "frontend rule", and so on. */
export const typeWords = (type: Change['resource']['type']) => TYPE_WORDS[type]

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
  invite: 'invited',
  accept: 'accepted the invitation for',
  set_password: 'chose a new password, by a link, for',
  hand_over: 'handed over',
  make_link: 'made a password link for',
  follow_database: 'had the nodes follow the database for',
}

/** An entry of the history as a sentence without its subject: "changed", "frontend rule", "web". */
export function changeWords({
  verb,
  resource,
  before,
  after,
}: Pick<Change, 'verb' | 'resource' | 'before' | 'after'>) {
  const allocated = resource.type === 'ip' && verb === 'create'
  return {
    verb: allocated ? 'allocated' : (VERBS[verb] ?? verb.replaceAll('_', ' ')),
    type: typeWords(resource.type),
    name: nameOf(after ?? before),
  }
}

function nameOf(row: unknown): string {
  const { name, ip_address, match, private_network_id } = (row ?? {}) as Record<string, string>
  return name ?? ip_address ?? routeName(match) ?? private_network_id ?? ''
}

/** A route has no name but what it is for. */
function routeName(match: unknown): string | undefined {
  const { sni, host_header, path_begin } = (match ?? {}) as Record<string, string>
  return sni ?? host_header ?? path_begin
}

/** The entries of one save, in the order they were made, or one failover. */
export type Save = {
  key: number
  at: string
  actor: Actor
  changes: Change[]
  failover: Change['failover']
}

/** Groups entries of the history, newest first: those of one generation belong to one save. */
export function savesOf(changes: readonly Change[]): Save[] {
  const saves: Save[] = []
  let generation: number | null = null
  for (const change of changes) {
    const last = saves.at(-1)
    if (last && generation !== null && change.generation === generation) {
      last.changes.unshift(change)
    } else {
      const { id: key, at, actor, failover } = change
      saves.push({ key, at, actor, changes: [change], failover })
    }
    generation = change.generation
  }
  return saves
}
