'use client'
import { useEffect, useState } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { openInvitation } from '#lib/client/session-requests.ts'
import type { OpenedLink } from '#lib/core/person.ts'
import { FrontPage } from './front-page.tsx'
import { InvitationForm } from './invitation-form.tsx'

type State = { token: string; link: OpenedLink } | { problem: string } | null

const INCOMPLETE = 'The link is not complete. Copy all of it, up to its end.'

/** The page of a link that sets a password. The link's secret is in the URL's fragment. */
export function Invitation() {
  const [state, setState] = useState<State>(null)
  useEffect(() => {
    const read = () => {
      const token = location.hash.slice(1)
      if (token === '') return setState({ problem: INCOMPLETE })
      openInvitation(token).then(
        (link) => setState({ token, link }),
        (error: Error) => setState({ problem: errorMessage(error) }),
      )
    }
    read()
    // Another link was opened in the same tab.
    window.addEventListener('hashchange', read)
    return () => window.removeEventListener('hashchange', read)
  }, [])
  if (state === null) {
    return (
      <FrontPage title="Choose a password">
        <Skeleton className="h-40" />
      </FrontPage>
    )
  }
  if ('problem' in state) {
    return (
      <FrontPage title="Choose a password">
        <div className="grid gap-4">
          <Alert tone="warn" title="This link can't be used">
            {state.problem}
          </Alert>
          <ButtonLink href="/login">Go to the log-in</ButtonLink>
        </div>
      </FrontPage>
    )
  }
  const { link, token } = state
  return (
    <FrontPage
      title={link.invitation ? `Welcome, ${link.name}` : 'Choose a new password'}
      description={
        link.invitation
          ? 'Choose the password for your account.'
          : 'All your sessions end, and this one begins.'
      }
    >
      <InvitationForm token={token} email={link.email} />
    </FrontPage>
  )
}
