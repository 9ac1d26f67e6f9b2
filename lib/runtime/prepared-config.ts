import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { type NewServers, newServer } from './backend.ts'
import type { Acl } from './rules/acl.ts'
import { type PreparedRules, prepareRules } from './rules/prepared-rules.ts'

/** The parts of a configuration that take long to make. Until it is applied, they do nothing. */
export type PreparedConfig = {
  rules: PreparedRules
  /** By backend id. */
  servers: ReadonlyMap<string, NewServers>
}

/** What a load balancer has already. */
export type KnownParts = {
  /** Compiled ACLs by id; the new ones are added, so that they are not lost if this is given up. */
  acls: Map<string, Acl>
  /** The addresses of a backend's servers. */
  addresses: (backendId: string) => ReadonlySet<string>
}

/** Servers made without a pause: some hundred microseconds' worth. */
const SERVERS_PER_STEP = 50

/** Makes them, and yields where it can pause. */
export function* prepareConfig(
  config: DesiredConfig,
  { acls, addresses }: KnownParts,
): Generator<void, PreparedConfig> {
  const rules = yield* prepareRules(config, acls)
  const servers = new Map<string, NewServers>()
  for (const backend of config.backends) {
    const known = addresses(backend.id)
    const made: NewServers = new Map()
    for (const address of backend.servers) {
      if (known.has(address)) continue
      made.set(address, newServer(backend, address))
      if (made.size % SERVERS_PER_STEP === 0) yield
    }
    servers.set(backend.id, made)
    yield
  }
  return { rules, servers }
}
