import { createAdvancedClient, withHTTPClient, withProfile } from '@scaleway/sdk-client'
import { Lbv1 } from '@scaleway/sdk-lb'

const ID = '00000000-0000-4000-8000-000000000000'

/** A request of the SDK in which every field has a value, so that every parameter is sent. */
const EVERY_FIELD = new Proxy<Record<string, string>>(
  {},
  { get: (_fields, name) => (name === 'zone' ? 'fr-par-1' : name === 'region' ? 'fr-par' : ID) },
)

/** A call of the SDK and the query parameters that it can send. The path has `{id}` for ids: `/lbs/{id}/backends`. */
export type SdkQuery = { method: string; path: string; parameters: string[] }

/**
 * The query parameters of the official SDK's calls, from its own request builders.
 * @param kind by region or by zone
 */
export async function sdkQueries(kind: 'API' | 'ZonedAPI'): Promise<SdkQuery[]> {
  const queries: SdkQuery[] = []
  const profile = withProfile({
    apiURL: 'http://127.0.0.1',
    accessKey: 'SCWTESTTESTTESTTEST1',
    secretKey: ID,
  })
  const note = withHTTPClient(async (request) => {
    const { method, url } = request as Request
    const { pathname, searchParams } = new URL(url)
    const path = pathname.replace(/^\/lb\/v1\/\w+\/[\w-]+/, '').replaceAll(ID, '{id}')
    const parameters = [...new Set(searchParams.keys())]
    if (parameters.length > 0) queries.push({ method, path, parameters })
    return Response.json({})
  })
  const client = createAdvancedClient(profile, note)
  // Calls with a query have no body.
  const calls = Object.entries(new Lbv1[kind](client)).filter(([name]) =>
    /^(list|get|delete|release)/.test(name),
  )
  for (const [, call] of calls) await (call as (request: object) => Promise<unknown>)(EVERY_FIELD)
  return queries
}
