'use client'
import { useState } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import type { Divergence } from '#lib/core/divergence.ts'
import { FollowDatabaseDialog } from './follow-database-dialog.tsx'

/** More are counted: the sentences are alike. */
const SHOWN = 5

/** That nodes and database differ, and the way out; each in a sentence where the page does not have it anyway. */
export function DivergenceBanner({
  divergences,
  inWords,
}: {
  divergences: Divergence[]
  inWords: boolean
}) {
  const [asking, setAsking] = useState(false)
  const more = divergences.length - SHOWN
  return (
    <>
      <Alert
        tone="warn"
        title="The nodes have what this database never had."
        action={
          <Button changes size="small" onClick={() => setAsking(true)}>
            Follow the database
          </Button>
        }
      >
        {inWords && (
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
      {asking && (
        <FollowDatabaseDialog divergences={divergences} onClose={() => setAsking(false)} />
      )}
    </>
  )
}
