import { hostOf } from '#lib/core/host.ts'
import type { RequestHead } from '../http/message/request-head.ts'
import type { ResumableMatch } from './path-matcher.ts'
import { type RequestPath, readRequestPath } from './request-path.ts'
import { StepBudget } from './step-budget.ts'
import type { Address } from './subnets.ts'

/** Steps per character of parsing a header's list of values. */
const MEMBER_STEPS = 32
/** Steps per character of parsing a path. */
const PATH_STEPS = 64

/** A request as rules look at it. What takes work is found out when the first rule asks for it. */
export class RequestMatch implements ResumableMatch {
  readonly head: RequestHead
  readonly source: Address | null
  /** The steps that are left. */
  readonly budget = new StepBudget()
  /** ACLs that did not match, and the suspended match with the next one. */
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

  /** The target as it goes on, once rules have looked at the path. */
  get target(): string {
    return this.#path?.target ?? this.head.target
  }

  /** Its host, normalised and without a port. */
  get host(): string {
    this.#host ??= hostOf(this.head.host)
    return this.#host
  }

  /**
   * The values of a header field, and the members of those that are lists. Null without the field.
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
