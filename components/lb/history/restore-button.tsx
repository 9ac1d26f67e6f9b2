'use client'
import { History } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import type { Names } from './changed-fields.ts'

/** Loaded on demand. */
const RestoreDialog = dynamic(() =>
  import('./restore-dialog.tsx').then((module) => module.RestoreDialog),
)

type Props = { lbId: string; changeId: number; at: string; names: Names }

/** Opens the dialog that restores the load balancer to its state right after a change. */
export function RestoreButton({ lbId, changeId, at, names }: Props) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button variant="ghost" size="small" changes onClick={() => setOpen(true)}>
        <History aria-hidden className="size-3.5" />
        <span>
          Restore<span className="sr-only"> as it was after change {changeId}</span>
        </span>
      </Button>
      {open && <RestoreDialog {...{ lbId, changeId, at, names }} onClose={() => setOpen(false)} />}
    </>
  )
}
