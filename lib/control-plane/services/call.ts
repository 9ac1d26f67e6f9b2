import type { Context } from '../context.ts'
import type { Scope } from '../scope.ts'

/** What services are given of a request. */
type Parts = {
  /** Where the path says that the resource is. */
  scope: Scope
  /** The one in the path, "" where there is none. */
  id: string
  query: unknown
  input: unknown
  /** `If-Match`: the entity tag that the resource has to have; null for any. */
  ifMatch: string | null
  /** The secret of the session that asks; null for a token. */
  session: string | null
}

/** A call with the parts that a service needs. */
export type CallWith<Part extends keyof Parts = never> = { ctx: Context } & Pick<Parts, Part>
