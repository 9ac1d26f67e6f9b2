import type {
  DesiredBackend,
  DesiredConfig,
  DesiredFrontend,
} from '#lib/protocol/desired-config.ts'
import type { Backend, PreparedBackend } from './backend.ts'
import type { Frontend, PreparedFrontend } from './frontend.ts'
import type { Acl } from './rules/acl.ts'
import { NO_ACLS, prepareRules } from './rules/prepared-rules.ts'

/** A configuration and the objects that it needs, prepared before the swap. */
export type PreparedConfig = {
  config: DesiredConfig
  /** By id. */
  backends: ReadonlyMap<string, PreparedBackend>
  frontends: ReadonlyMap<string, PreparedFrontend>
}

/** The live backends and frontends, and the constructors of new ones. */
export type LiveParts = {
  backends: ReadonlyMap<string, Backend>
  frontends: ReadonlyMap<string, Frontend>
  newBackend(desired: DesiredBackend): Backend
  newFrontend(desired: DesiredFrontend, backend: Backend): Frontend
}

/**
 * Prepares the objects that a configuration needs, and changes nothing that is live: everything that can fail fails here. Yields
 * between steps; the live parts must not change until it is done. New parts do nothing yet, so they can be dropped.
 * @param acls compiled ACLs by ID, to be reused. New ones are added, so that they can be reused even if this one is abandoned
 */
export function* prepareConfig(
  config: DesiredConfig,
  live: LiveParts,
  acls: Map<string, Acl>,
): Generator<void, PreparedConfig> {
  const rules = yield* prepareRules(config, acls)
  const backends = new Map<string, PreparedBackend>()
  for (const desired of config.backends) {
    const backend = live.backends.get(desired.id) ?? live.newBackend(desired)
    backends.set(desired.id, yield* backend.prepare(desired))
    yield
  }
  const frontends = new Map<string, PreparedFrontend>()
  for (const desired of config.frontends) {
    const own = backends.get(desired.backend_id)
    if (!own) continue
    const frontend = live.frontends.get(desired.id) ?? live.newFrontend(desired, own.backend)
    const compiled = rules.get(desired.id) ?? NO_ACLS
    frontends.set(desired.id, frontend.prepare(desired, own, backends, compiled))
    yield
  }
  return { config, backends, frontends }
}
