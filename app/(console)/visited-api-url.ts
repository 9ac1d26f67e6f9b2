import { headers } from 'next/headers'
import { readEnvironment } from '#lib/bff/environment.ts'
import { publicApiUrl } from '#lib/bff/public-api-url.ts'

/** The control plane's URL from the point of view of the page's visitor. */
export async function visitedApiUrl(): Promise<string> {
  const { host, controlPlane } = readEnvironment(process.env)
  return publicApiUrl(controlPlane.url, host, (await headers()).get('host'))
}
