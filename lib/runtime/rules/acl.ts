import { RedirectTargetError } from '#lib/core/redirect-target.ts'
import type { DesiredAcl } from '#lib/protocol/desired-config.ts'
import { FilterError, type HttpFilter } from './http-filter.ts'
import { compileRedirect, type Redirect } from './redirect-location.ts'
import type { RequestMatch } from './request-match.ts'
import { type Address, Subnets } from './subnets.ts'

/** Steps of a lookup of a client's address. */
const SOURCE_STEPS = 16

const DENY: DesiredAcl['action'] = { type: 'deny' }
const ALWAYS: HttpFilter = () => true

/** A compiled redirect, and its status. */
export type StatusRedirect = { code: number; to: Redirect }

/** A compiled ACL. */
export class Acl {
  readonly id: string
  readonly name: string
  /** The configuration that it was compiled from. */
  readonly desired: DesiredAcl
  readonly action: DesiredAcl['action']
  /** Null for other actions, and for an invalid redirect. */
  readonly redirect: StatusRedirect | null
  /** Why it can't be applied, as a sentence; null if it can. */
  readonly problem: string | null
  /** Whether it matches by source address only, so that it can be applied to TCP connections. */
  readonly onlySources: boolean
  /** Steps per character of its regular expressions. */
  readonly steps: number
  /** Null for all clients. */
  readonly #sources: Subnets | null
  readonly #http: HttpFilter | null
  readonly #invert: boolean

  /**
   * Fails closed: an ACL with an invalid filter denies everything that its sources match, and one with an invalid redirect denies what
   * it would have redirected.
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

  /** @throws HttpError, MatchLimitError */
  matches(request: RequestMatch): boolean {
    request.budget.spend(SOURCE_STEPS)
    const both = this.#isFrom(request.source) && (this.#http === null || this.#http(request))
    return both !== this.#invert
  }

  /** Whether it matches a connection from an address. */
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
