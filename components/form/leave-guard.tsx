'use client'
import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'

/** The page of this console that a plain click would go to; null for new tabs, downloads and other sites. */
function destinationOf(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0) return null
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null
  const link = (event.target as Element).closest?.('a[href]')
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute('download'))
    return null
  if (link.origin !== location.origin || link.pathname === location.pathname) return null
  return link.pathname + link.search + link.hash
}

/** Asks before a link, a reload or closing the tab discards the values of a form. */
export function LeaveGuard({
  dirty,
  question,
  onDiscard,
}: {
  dirty: boolean
  /** "Leave without saving?" */
  question: string
  onDiscard: () => void
}) {
  const [destination, setDestination] = useState<string | null>(null)
  const router = useRouter()
  useEffect(() => {
    if (!dirty) return
    const ask = (event: MouseEvent) => {
      const path = destinationOf(event)
      if (path === null) return
      event.preventDefault()
      event.stopPropagation()
      setDestination(path)
    }
    const askBrowser = (event: BeforeUnloadEvent) => event.preventDefault()
    // In the capture phase, before Next's links handle the click.
    document.addEventListener('click', ask, { capture: true })
    window.addEventListener('beforeunload', askBrowser)
    return () => {
      document.removeEventListener('click', ask, { capture: true })
      window.removeEventListener('beforeunload', askBrowser)
    }
  }, [dirty])
  return (
    <ConfirmDialog
      open={destination !== null}
      onOpenChange={(open) => !open && setDestination(null)}
      title={question}
      description="What you have typed is discarded."
      confirmLabel="Leave"
      onConfirm={() => {
        onDiscard()
        if (destination !== null) router.push(destination)
        setDestination(null)
      }}
    />
  )
}
