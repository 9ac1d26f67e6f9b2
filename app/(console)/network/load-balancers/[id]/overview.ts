import { notFound } from 'next/navigation'
import { cache } from 'react'
import { titleWithHealth } from '#components/lb/health/health-text.ts'
import { ServerFetchError, serverFetch } from '#lib/bff/api.ts'
import { ControlPlaneUnavailable } from '#lib/bff/control-plane.ts'
import { lbOverview } from '#lib/client/lb-queries.ts'
import type { LbOverview } from '#lib/core/observed.ts'

/**
 * The load balancer of a page, fetched once per request; "not found" where there is none. Null where the control plane
 * can't be reached, which the page shows.
 */
export const pageOverview = cache(async (id: string): Promise<LbOverview | null> => {
  try {
    return await lbOverview(id).fetch(serverFetch)
  } catch (error) {
    if (error instanceof ServerFetchError && error.status === 404) notFound()
    if (error instanceof ServerFetchError || error instanceof ControlPlaneUnavailable) return null
    throw error
  }
})

/** The title of a load balancer's page, with its health. @param page for all but the overview: "History" */
export async function lbPageTitle(id: string, page?: string): Promise<string> {
  const overview = await pageOverview(id)
  const title = [...(page ? [page] : []), overview?.lb.name ?? 'Load Balancer'].join(' · ')
  return overview ? titleWithHealth(title, overview.health) : title
}
