import { isDeepStrictEqual } from 'node:util'
import { MATCH_STEPS_MAX } from '#lib/core/matching-limits.ts'
import { RedirectTargetError } from '#lib/core/redirect-target.ts'
import type { DesiredAcl } from '#lib/protocol/desired-config.ts'
import { compileHttpFilter, FilterError, type HttpFilter } from './http-filter.ts'
import { compileRedirect, type Redirect } from './redirect-location.ts'
import type { RequestMatch } from './request-match.ts'
import { type Address, Subnets } from './subnets.ts'

/**
 * Steps per character up to which the regular expressions of a frontend are compiled. Rules that are older than the matching
 * limits may exceed those, and still work for short paths.
 */
const COMPILED_STEPS_MAX = 4 * MATCH_STEPS_MAX
/** Steps of looking up a client's address. */
const SOURCE_STEPS = 16

const DENY: DesiredAcl['action'] = { type: 'deny' }
const ALWAYS: HttpFilter = () => true

/** A frontend's compiled ACLs. */
export type CompiledAcls = {
  acls: readonly Acl[]
  /** Steps per character of their regular expressions. */
  steps: number
}

export const NO_ACLS: CompiledAcls = { acls: [], steps: 0 }

/**
 * Compiles ACLs, and yields where it can pause. Unchanged ones are reused, as thousands of subnets are slow to compile.
 * @param known compiled ACLs by id; the new ones are added
 */
export function* compileAcls(
  desired: readonly DesiredAcl[],
  known: Map<string, Acl>,
): Generator<void, CompiledAcls> {
  const acls: Acl[] = []
  let steps = 0
  for (const one of desired) {
    const before = known.get(one.id)
    const acl =
      before && isDeepStrictEqual(before.desired, one)
        ? before
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

/** A compiled redirect, and its status. */
export type StatusRedirect = { code: number; to: Redirect }

/** An access rule, compiled. */
export class Acl {
  readonly id: string
  readonly name: string
  /** What it was made of. */
  readonly desired: DesiredAcl
  readonly action: DesiredAcl['action']
  /** Null if it is not a redirect. */
  readonly redirect: StatusRedirect | null
  /** Why it can't be applied, as a sentence; null if it can. */
  readonly problem: string | null
  /** Whether it is about nothing but where a client comes from, so that connections can be measured by it. */
  readonly onlySources: boolean
  /** Steps per character of its regular expressions. */
  readonly steps: number
  /** Null for every client. */
  readonly #sources: Subnets | null
  readonly #http: HttpFilter | null
  readonly #invert: boolean

  /**
   * Fails closed: an ACL with an invalid filter denies everything that its sources match, one with an invalid redirect denies
   * what it would have redirected.
   * @param filter the compiled filter, or why it is invalid
   */
  constructor(
    desired: DesiredAcl,
    filter: { matches: HttpFilter | null; steps: number } | FilterError,
  ) {
    const { id, name, match, action } = desired
    const redirect = action.type === 'redirect' ? redirectOf(action) : null
    const isUnusable = filter instanceof FilterError
    this.desired = desired
    this.id = id
    this.name = name
    this.steps = isUnusable ? 0 : filter.steps
    this.#sources = match.sources && new Subnets(match.sources)
    this.#http = isUnusable ? ALWAYS : filter.matches
    this.#invert = match.invert && !isUnusable
    const error = [filter, redirect].find((part) => part instanceof Error)
    this.redirect = error || redirect instanceof RedirectTargetError ? null : redirect
    this.action = error ? DENY : action
    this.problem = error
      ? `ACL "${name}" can't be applied and denies instead: ${error.message}`
      : null
    this.onlySources = match.http === null && action.type !== 'redirect'
  }

  /** Whether it matches this request. @throws HttpError, MatchLimitError */
  matches(request: RequestMatch): boolean {
    request.budget.spend(SOURCE_STEPS)
    const both = this.#isFrom(request.source) && (this.#http === null || this.#http(request))
    return both !== this.#invert
  }

  /** Whether it is about connections from this address. */
  matchesSource(address: Address | null): boolean {
    return this.#isFrom(address) !== this.#invert
  }

  #isFrom(address: Address | null): boolean {
    return this.#sources === null || this.#sources.has(address)
  }
}

type RedirectAction = Extract<DesiredAcl['action'], { type: 'redirect' }>

function redirectOf({ code, to }: RedirectAction): StatusRedirect | RedirectTargetError {
  try {
    return { code, to: compileRedirect(to) }
  } catch (error) {
    if (error instanceof RedirectTargetError) return error
    throw error
  }
}
