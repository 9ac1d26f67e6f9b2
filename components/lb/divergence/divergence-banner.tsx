'use client'
import { useState } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import type { Divergence } from '#lib/core/divergence.ts'
import { FollowDatabaseDialog } from './follow-database-dialog.tsx'

/** How many divergences are listed. */
const SHOWN = 5

/** Warns that load balancers have diverged, and offers to resolve it. @param detailed lists them */
export function DivergenceBanner({
  divergences,
  detailed,
}: {
  divergences: Divergence[]
  detailed: boolean
}) {
  const [confirming, setConfirming] = useState(false)
  const more = divergences.length - SHOWN
  return (
    <>
      <Alert
        tone="warn"
        title="The nodes have what this database never had."
        action={
          <Button changes size="small" onClick={() => setConfirming(true)}>
            Follow the database
          </Button>
        }
      >
        {detailed && (
          <ul className="grid gap-1">
            {divergences.slice(0, SHOWN).map(({ lb_id, name, problem }) => (
              <li key={lb_id} className="break-words">
                <b>{name ?? lb_id}</b>: {problem}
              </li>
            ))}
            {more > 0 && <li>And {more} more.</li>}
          </ul>
        )}
      </Alert>
      {confirming && (
        <FollowDatabaseDialog divergences={divergences} onClose={() => setConfirming(false)} />
      )}
    </>
  )
}
