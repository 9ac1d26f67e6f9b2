import type { Page } from '@playwright/test'

/** Next's server doesn't compress smaller responses. */
const WORTH_COMPRESSING = 1024

function header(headers: Record<string, string>, wanted: string): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1]
}

/** What the browser fetched at the first load of a page. */
export type PageWeight = {
  /** Transferred bytes of the scripts. */
  scriptBytes: number
  requests: number
  /** Uncompressed large scripts, and requests to other hosts. There should be none. */
  uncompressed: string[]
  foreign: string[]
}

/** Loads a path with an empty cache, and measures what was fetched until the network was idle. */
export async function weighPage(page: Page, url: string): Promise<PageWeight> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  const host = new URL(url).host
  const scripts = new Set<string>()
  const weight: PageWeight = { scriptBytes: 0, requests: 0, uncompressed: [], foreign: [] }
  session.on('Network.responseReceived', ({ requestId, type, response }) => {
    weight.requests += 1
    const from = new URL(response.url)
    if (from.protocol.startsWith('http') && from.host !== host) weight.foreign.push(response.url)
    if (type !== 'Script') return
    scripts.add(requestId)
    const length = Number(header(response.headers, 'content-length') ?? WORTH_COMPRESSING)
    if (header(response.headers, 'content-encoding') === undefined && length >= WORTH_COMPRESSING)
      weight.uncompressed.push(response.url)
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) weight.scriptBytes += encodedDataLength
  })
  await page.goto(url, { waitUntil: 'networkidle' })
  await session.detach()
  return weight
}
