import type { RequestHead } from '../http/message/request-head.ts'
import { type RequestPath, readRequestPath } from './request-path.ts'
import type { Address } from './subnets.ts'

/** A request as rules look at it. What takes work is found out when the first rule asks for it. */
export class AskedRequest {
  readonly head: RequestHead
  readonly source: Address | null
  #path: RequestPath | null = null
  #host: string | null = null

  constructor(head: RequestHead, source: Address | null) {
    this.head = head
    this.source = source
  }

  /** @throws HttpError 400 */
  get path(): string {
    this.#path ??= readRequestPath(this.head.target)
    return this.#path.path
  }

  /** The target as it goes on, once rules have looked at the path. */
  get target(): string {
    return this.#path?.target ?? this.head.target
  }

  /** The name that it is for: in lower case, without port and trailing dot. */
  get host(): string {
    this.#host ??= hostName(this.head.host)
    return this.#host
  }
}

/** The name in a host field or a rule, as both are compared. */
export function hostName(host: string): string {
  return withoutPort(host).replace(/\.$/, '').toLowerCase()
}

/** The host of an authority. */
export function withoutPort(authority: string): string {
  return authority.replace(/:\d*$/, '')
}
