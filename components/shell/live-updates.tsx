'use client'
import { useQueryClient } from '@tanstack/react-query'
import { usePathname } from 'next/navigation'
import { useEffect } from 'react'
import { lbIdOfPath } from '#lib/client/console-path.ts'
import { followLiveUpdates } from '#lib/client/live-updates.ts'

/** Follows the events of all load balancers, or of the one whose page is open. */
export function LiveUpdates() {
  const client = useQueryClient()
  const lbId = lbIdOfPath(usePathname())
  useEffect(() => followLiveUpdates(client, lbId), [client, lbId])
  return null
}
