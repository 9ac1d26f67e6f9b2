'use client'
import { FrontPage } from '#components/shell/front-page.tsx'
import { Button } from '#components/ui/button.tsx'

export default function ErrorPage({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}) {
  return (
    <FrontPage
      title="This page failed"
      description="That is a fault in the console. Your load balancers keep serving."
    >
      <Button variant="primary" className="w-full" onClick={reset}>
        Try again
      </Button>
      {error.digest && <p className="mt-3 text-muted">Error reference: {error.digest}</p>}
    </FrontPage>
  )
}
