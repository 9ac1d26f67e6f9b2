import { isDeepStrictEqual } from 'node:util'
import { MATCH_STEPS_MAX } from '#lib/core/matching-limits.ts'
import type { DesiredAcl, DesiredConfig } from '#lib/protocol/desired-config.ts'
import { Acl } from './acl.ts'
import { compileHttpFilter, FilterError } from './http-filter.ts'

/**
 * The regular expressions of a frontend are compiled up to this many steps per character. Rules that are older than the matching
 * limits may exceed those, and still work for short paths.
 */
const COMPILED_STEPS_MAX = 4 * MATCH_STEPS_MAX
/** The compiled ACLs of a configuration, by frontend id. */
export type PreparedRules = ReadonlyMap<string, CompiledAcls>

/**
 * Compiles the slow parts of a configuration before it is applied, and yields between steps.
 * @param known compiled ACLs by id; the new ones are added, so that they are kept if the configuration is abandoned
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

/** The compiled ACLs of a frontend. */
export type CompiledAcls = {
  acls: readonly Acl[]
  /** Steps per character of their regular expressions. */
  steps: number
}

export const NO_ACLS: CompiledAcls = { acls: [], steps: 0 }

/**
 * Compiles ACLs, and yields between steps. Unchanged ones are reused, because thousands of subnets are slow to compile.
 * @param known compiled ACLs by id; the new ones are added
 */
export function* compileAcls(
  desired: readonly DesiredAcl[],
  known: Map<string, Acl>,
): Generator<void, CompiledAcls> {
  const acls: Acl[] = []
  let steps = 0
  for (const one of desired) {
    const former = known.get(one.id)
    const acl =
      former && isDeepStrictEqual(former.desired, one)
        ? former
        : yield* compileAcl(one, COMPILED_STEPS_MAX - steps)
    known.set(acl.id, acl)
    acls.push(acl)
    steps += acl.steps
    yield
  }
  return { acls, steps }
}

function* compileAcl(desired: DesiredAcl, stepsMax: number): Generator<void, Acl> {
  const { http } = desired.match
  if (http === null) return new Acl(desired, { matches: null, steps: 0 })
  try {
    return new Acl(desired, yield* compileHttpFilter(http, stepsMax))
  } catch (error) {
    if (!(error instanceof FilterError)) throw error
    return new Acl(desired, error)
  }
}
