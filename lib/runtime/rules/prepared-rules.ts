import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { type Acl, type CompiledAcls, compileAcls } from './acl.ts'

/** The compiled ACLs of a configuration, by frontend id. */
export type PreparedRules = ReadonlyMap<string, CompiledAcls>

/**
 * Compiles the slow parts of a configuration before it is applied, and yields where it can pause.
 * @param known compiled ACLs by id; the new ones are added, so that they are not lost if this is given up
 */
export function* prepareRules(
  { frontends }: DesiredConfig,
  known: Map<string, Acl>,
): Generator<void, PreparedRules> {
  const prepared = new Map<string, CompiledAcls>()
  for (const { id, acls } of frontends) {
    prepared.set(id, yield* compileAcls(acls, known))
    yield
  }
  return prepared
}
