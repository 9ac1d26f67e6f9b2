'use client'
import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { heldList } from '#lib/client/held-queries.ts'
import { unlessLive } from '#lib/client/live-state.ts'
import { queryOf } from '#lib/client/read.ts'

/** Loaded when there is something to say: hardly anyone ever sees it. */
const HeldBanner = dynamic(() => import('./held-banner.tsx').then((module) => module.HeldBanner))

/** Says where nodes serve what the database never had: of one load balancer, or of all. */
export function HeldNotice({ lbId }: { lbId?: string }) {
  const { data } = useQuery({
    ...queryOf(heldList()),
    refetchInterval: () => unlessLive(5000),
  })
  const held = data?.held.filter(({ lb_id }) => !lbId || lb_id === lbId) ?? []
  return held.length === 0 ? null : <HeldBanner held={held} inWords={!lbId} />
}
