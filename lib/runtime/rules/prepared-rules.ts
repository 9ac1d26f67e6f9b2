import type { DesiredConfig } from '#lib/config/desired.ts'
import { type Acl, type CompiledAcls, compileAcls } from './acl.ts'

/** The ACLs of each frontend of a configuration, compiled, by the frontend's id. */
export type PreparedRules = ReadonlyMap<string, CompiledAcls>

/**
 * Compiles what takes time of a configuration before it is put into effect, and yields where it may wait.
 * @param known compiled ACLs by id, to which the new ones are added, so that they are there also where this is given up
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
