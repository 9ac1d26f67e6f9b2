import * as z from 'zod'
import { Region } from './locality.ts'
import { Protocol } from './protocol.ts'

/** Characters of what is searched for. */
export const SEARCH_MAX = 200

/** Words that are searched for at once. */
const WORDS_MAX = 10

/** Query of `GET /fairlead/v1/search`. */
export const Search = z.object({
  /** Words, each of which a hit holds somewhere: in its name, address, port, tags, or its load balancer's name. */
  q: z
    .string()
    .trim()
    .max(SEARCH_MAX, { error: `q can have at most ${SEARCH_MAX} characters.` })
    .refine((q) => q.split(/\s+/).length <= WORDS_MAX, {
      error: `q can have at most ${WORDS_MAX} words.`,
    })
    .default(''),
})
export type Search = z.infer<typeof Search>

export const HIT_TYPES = ['lb', 'frontend', 'backend', 'server', 'ip'] as const

/** Something found, and where it is. */
export const SearchHit = z.object({
  type: z.enum(HIT_TYPES),
  /** A server has none of its own: its backend's. */
  id: z.string(),
  /** Its name, or the address that it is. */
  name: z.string(),
  region: Region,
  /** What a frontend listens on, and a backend's servers are reached at; null for others. */
  port: z.int().nullable(),
  protocol: Protocol.nullable(),
  /** The backend that a server belongs to; null for others. */
  backend_name: z.string().nullable(),
  /** The load balancer it is or belongs to; null for an IP that is conserved. */
  lb: z.object({ id: z.string(), name: z.string() }).nullable(),
})
export type SearchHit = z.infer<typeof SearchHit>

/** The best few of each type, in the order of `HIT_TYPES`. */
export const SearchResults = z.object({ hits: z.array(SearchHit) })
export type SearchResults = z.infer<typeof SearchResults>
