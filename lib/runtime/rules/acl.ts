import { isDeepStrictEqual } from 'node:util'
import type { DesiredAcl } from '#lib/config/desired.ts'
import { PathPatternError } from '#lib/core/path-pattern.ts'
import { reportFault } from '../faults.ts'
import type { AskedRequest } from './asked-request.ts'
import { compileHttpFilter, type HttpFilter } from './http-filter.ts'
import { type Address, Subnets } from './subnets.ts'

const DENY: DesiredAcl['action'] = { type: 'deny' }
const ALWAYS: HttpFilter = () => true

/** ACLs compiled, those of them that are there already taken as they are: thousands of subnets take their time. */
export function compileAcls(desired: readonly DesiredAcl[], former: readonly Acl[]): Acl[] {
  const known = new Map(former.map((acl) => [acl.id, acl]))
  return desired.map((one) => {
    const before = known.get(one.id)
    return before && isDeepStrictEqual(before.desired, one) ? before : new Acl(one)
  })
}

/** An access rule, compiled. */
export class Acl {
  readonly id: string
  readonly name: string
  /** What it was made of. */
  readonly desired: DesiredAcl
  readonly action: DesiredAcl['action']
  /** Whether it is about nothing but where a client comes from, so that connections can be measured by it. */
  readonly onlySources: boolean
  /** Null for every client. */
  readonly #sources: Subnets | null
  readonly #http: HttpFilter | null
  readonly #invert: boolean

  /** One whose regular expression can't be read denies what its sources cover: it may have been there to protect. */
  constructor(desired: DesiredAcl) {
    const { id, name, match, action } = desired
    this.desired = desired
    const http = match.http ? filterOf(match.http) : null
    this.id = id
    this.name = name
    this.#sources = match.sources && new Subnets(match.sources)
    this.#http = http === 'unreadable' ? ALWAYS : http
    this.#invert = match.invert && http !== 'unreadable'
    this.action = http === 'unreadable' ? DENY : action
    this.onlySources = match.http === null && action.type !== 'redirect'
  }

  /** Whether it is about this request. */
  matches(request: AskedRequest): boolean {
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

function filterOf(filter: NonNullable<DesiredAcl['match']['http']>): HttpFilter | 'unreadable' {
  try {
    return compileHttpFilter(filter)
  } catch (error) {
    if (!(error instanceof PathPatternError)) throw error
    reportFault(error)
    return 'unreadable'
  }
}
