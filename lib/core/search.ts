import * as z from 'zod'
import { Region } from './locality.ts'
import { Protocol } from './protocol.ts'

/** The maximum length of a search. */
export const SEARCH_MAX = 200

/** The maximum number of words. */
const WORDS_MAX = 10

/** Query of `GET /fairlead/v1/search`. */
export const Search = z.object({
  /** A result contains all words in its name, address, port, tags, ID or its load balancer's name. */
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

/** A search result. */
export const SearchHit = z.object({
  type: z.enum(HIT_TYPES),
  /** For a server, its backend's ID. */
  id: z.string(),
  /** The name, or the address of a server or an IP. */
  name: z.string(),
  region: Region,
  /** The port of a frontend, a backend or a server; null for others. */
  port: z.int().nullable(),
  protocol: Protocol.nullable(),
  /** The backend that a server belongs to; null for others. */
  backend_name: z.string().nullable(),
  /** The load balancer that it is or belongs to; null for a reserved IP. */
  lb: z.object({ id: z.string(), name: z.string() }).nullable(),
})
export type SearchHit = z.infer<typeof SearchHit>

/** The best few of each type, in the order of `HIT_TYPES`. */
export const SearchResults = z.object({ hits: z.array(SearchHit) })
export type SearchResults = z.infer<typeof SearchResults>
