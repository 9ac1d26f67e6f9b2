import type { Context } from '../context.ts'
import type { Scope } from '../scope.ts'
import type { WriteContext } from './write-context.ts'

/** The parts of a request that services read. */
type RequestParts = {
  /** The region or zone in the path. */
  scope: Scope
  /** The `{id}` in the path; "" if it has none. */
  id: string
  /** All parameters in the path, by name. */
  params: Record<string, string>
  query: unknown
  input: unknown
  /** `If-Match`: the entity tag that the resource must have; null for any. */
  ifMatch: string | null
  /** The session's token; null if the caller is an API token. */
  session: string | null
}

/** What `change` needs of the context. */
export type Write = keyof WriteContext

/** A call of a service: the parts of the request that the service reads, and what it needs of the context. */
export type CallWith<Part extends keyof RequestParts, Need extends keyof Context> = {
  ctx: Pick<Context, Need>
} & Pick<RequestParts, Part>
