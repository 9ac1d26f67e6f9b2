'use client'
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from './button.tsx'
import { writeClipboard } from './write-clipboard.ts'

const SHOWN_MS = 2000

/** Copies a text. @param label "Copy IP address" */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null)
  useEffect(() => {
    if (outcome === null) return
    const timer = setTimeout(() => setOutcome(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  return (
    <span className="inline-flex shrink-0 items-center">
      <Button
        variant="ghost"
        size="icon"
        className="size-7!"
        aria-label={label}
        title={label}
        onClick={async () => setOutcome((await writeClipboard(text)) ? 'copied' : 'failed')}
      >
        {outcome === 'copied' ? (
          <Check aria-hidden className="size-4 text-ok" />
        ) : (
          <Copy aria-hidden className="size-4 text-muted" />
        )}
      </Button>
      <span role="status" className={outcome === 'failed' ? 'text-danger' : 'sr-only'}>
        {outcome === 'copied' && 'Copied'}
        {outcome === 'failed' && 'Could not copy. Select the text and copy it by hand.'}
      </span>
    </span>
  )
}
