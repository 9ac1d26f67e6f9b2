'use client'
import { useQuery } from '@tanstack/react-query'
import { usePathname } from 'next/navigation'
import { useEffect } from 'react'
import { browserQuery } from '#lib/client/api-query.ts'
import { lbObserved, lbOverview } from '#lib/client/lb-queries.ts'
import type { LbHealth } from '#lib/core/lb-health.ts'
import type { Problem } from '#lib/core/problem.ts'
import { titleWithHealth } from './health-text.ts'

type Known = { health: LbHealth; problems: readonly Problem[] }

/** The newest health and problems of a load balancer that the page has; undefined before the first. Fetches nothing. */
export function useKnownHealth(id: string): Known | undefined {
  const overview = useQuery({ ...browserQuery(lbOverview(id)), enabled: false })
  const observed = useQuery({ ...browserQuery(lbObserved(id)), enabled: false })
  const newest = observed.dataUpdatedAt > overview.dataUpdatedAt ? observed.data : overview.data
  return newest ?? observed.data
}

/** Keeps the health in the document's title up to date after the server has rendered the page. */
export function useHealthInTitle(health: LbHealth | undefined): void {
  const pathname = usePathname()
  const state = health?.state
  // biome-ignore lint/correctness/useExhaustiveDependencies: each page has a title of its own.
  useEffect(() => {
    if (state) document.title = titleWithHealth(document.title, { state })
  }, [state, pathname])
}
