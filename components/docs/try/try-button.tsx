'use client'
import { Play } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'

/** Loaded on demand, with the API's description. */
const TryDialog = dynamic(() => import('./try-dialog.tsx').then((module) => module.TryDialog))

/** Opens the form that sends a call. */
export function TryButton({ id, summary }: { id: string; summary: string }) {
  const [open, setOpen] = useState(false)
  return (
    <div className="mt-1">
      <Button size="small" aria-label={`Try it: ${summary}`} onClick={() => setOpen(true)}>
        <Play aria-hidden className="size-3.5" />
        Try it
      </Button>
      {open && <TryDialog id={id} onClose={() => setOpen(false)} />}
    </div>
  )
}
