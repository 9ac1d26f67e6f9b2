'use client'
import { useRouter } from 'next/navigation'
import { useEffect, useTransition } from 'react'
import { Button } from '#components/ui/button.tsx'
import { FrontPage } from './front-page.tsx'

const RETRY_MS = 3000

/** Replaces a page while the control plane can't be reached. It retries by itself. */
export function Unavailable({ problem }: { problem: string }) {
  const router = useRouter()
  const [retrying, startRetry] = useTransition()
  useEffect(() => {
    const timer = setInterval(() => router.refresh(), RETRY_MS)
    return () => clearInterval(timer)
  }, [router])
  return (
    <FrontPage title="The console can't load" description={problem}>
      <Button
        variant="primary"
        className="w-full"
        loading={retrying}
        onClick={() => startRetry(() => router.refresh())}
      >
        Try again
      </Button>
    </FrontPage>
  )
}
