import { headers } from 'next/headers'
import { publicApiUrl } from '#lib/bff/public-api-url.ts'
import { consoleSettings } from '#lib/bff/settings.ts'

/** The control plane's URL from the point of view of the page's visitor. */
export async function visitedApiUrl(): Promise<string> {
  const { host, apiUrl } = consoleSettings()
  return publicApiUrl(apiUrl, host, (await headers()).get('host'))
}
