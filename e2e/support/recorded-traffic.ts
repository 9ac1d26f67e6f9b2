import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'

/** The folder of recordings of the real API (YAML cassettes), which are not part of the project. */
const DIRECTORY =
  process.env.RECORDINGS ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'traffic')

/** One exchange with the real API. */
export type Exchange = {
  method: string
  /** Path and query. */
  target: string
  request: unknown
  status: number
  response: unknown
}
export type Recording = { name: string; exchanges: Exchange[] }

const Cassette = z.object({
  interactions: z.array(
    z.object({
      request: z.object({ method: z.string(), url: z.url(), body: z.string() }),
      response: z.object({ code: z.int(), body: z.string() }),
    }),
  ),
})

/** The load balancer calls of every recording; empty without recordings. */
export function readRecordings(): Recording[] {
  if (!existsSync(DIRECTORY)) return []
  const files = readdirSync(DIRECTORY).filter((file) => file.endsWith('.yaml'))
  return files.toSorted().map((file) => {
    const { interactions } = Cassette.parse(parse(readFileSync(join(DIRECTORY, file), 'utf8')))
    const exchanges = interactions.map(({ request, response }): Exchange => {
      const { pathname, search } = new URL(request.url)
      return {
        method: request.method,
        target: pathname + search,
        request: bodyOf(request.body),
        status: response.code,
        response: bodyOf(response.body),
      }
    })
    const name = file.replace(/\.yaml$/, '')
    return { name, exchanges: exchanges.filter(({ target }) => target.startsWith('/lb/v1/')) }
  })
}

function bodyOf(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text)
}
