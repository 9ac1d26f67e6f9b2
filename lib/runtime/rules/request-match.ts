import { hostOf } from '#lib/core/host.ts'
import type { RequestHead } from '../http/message/request-head.ts'
import { type RequestPath, readRequestPath } from './request-path.ts'
import type { ResumableMatch } from './resumable-match.ts'
import { StepBudget } from './step-budget.ts'
import type { Address } from './subnets.ts'

/** Steps per character of parsing a header value that is a list. */
const MEMBER_STEPS = 32
/** Steps per character of parsing a path. */
const PATH_STEPS = 64

/** A request as rules match it. Path, host and headers are parsed when a rule first needs them. */
export class RequestMatch implements ResumableMatch {
  readonly head: RequestHead
  readonly source: Address | null
  /** The steps that are left. */
  readonly budget = new StepBudget()
  /** The number of ACLs that did not match, and the suspended match of the next one. */
  checkedAcls = 0
  run: ResumableMatch['run'] = null
  #path: RequestPath | null = null
  #host: string | null = null
  #headers: Map<string, ReadonlySet<string> | null> | null = null

  constructor(head: RequestHead, source: Address | null) {
    this.head = head
    this.source = source
  }

  /** @throws HttpError 400; MatchLimitError */
  get path(): string {
    if (this.#path === null) {
      const { target } = this.head
      this.budget.spend(PATH_STEPS * target.length)
      this.#path = readRequestPath(target)
    }
    return this.#path.path
  }

  /** The target to forward. Its dot segments are resolved if a rule has read the path. */
  get target(): string {
    return this.#path?.target ?? this.head.target
  }

  /** The host, normalised and without a port. */
  get host(): string {
    this.#host ??= hostOf(this.head.host)
    return this.#host
  }

  /**
   * The values of a header field, and the members of values that are lists. Null without the field.
   * @param name in lower case
   * @throws MatchLimitError
   */
  header(name: string): ReadonlySet<string> | null {
    this.#headers ??= new Map()
    let values = this.#headers.get(name)
    if (values === undefined) {
      values = this.#readHeader(name)
      this.#headers.set(name, values)
    }
    return values
  }

  #readHeader(name: string): ReadonlySet<string> | null {
    const { fields } = this.head
    this.budget.spend(fields.length)
    let values: Set<string> | null = null
    for (const { lower, value } of fields) {
      if (lower !== name) continue
      values ??= new Set()
      values.add(value)
      if (!value.includes(',')) continue
      this.budget.spend(MEMBER_STEPS * value.length)
      for (const member of value.split(',')) values.add(member.trim())
    }
    return values
  }
}
