import type { Metadata } from 'next'
import { FrontPage } from '#components/shell/front-page.tsx'
import { SetUpForm } from '#components/shell/set-up-form.tsx'
import { Unavailable } from '#components/shell/unavailable.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { setupState } from '#lib/bff/api.ts'
import { ControlPlaneUnavailable } from '#lib/bff/control-plane.ts'

export const metadata: Metadata = { title: 'Create your account' }

async function state() {
  try {
    return await setupState()
  } catch (error) {
    if (error instanceof ControlPlaneUnavailable) return { problem: error.message }
    throw error
  }
}

export default async function SetUpPage({
  searchParams,
}: {
  searchParams: Promise<{ token?: string | string[] }>
}) {
  const { token } = await searchParams
  const setup = await state()
  if ('problem' in setup) return <Unavailable problem={setup.problem} />
  if (!setup.needed) {
    return (
      <FrontPage
        title="This link was used"
        description="The first account exists already, and the link works only once."
      >
        <ButtonLink href="/login" variant="primary" className="w-full">
          Log in
        </ButtonLink>
      </FrontPage>
    )
  }
  if (typeof token !== 'string' || token === '') {
    return (
      <FrontPage title="Create your account">
        <Alert tone="warn" title="The link is not complete">
          Copy all of the link that npm start printed, up to the end of the token.
        </Alert>
      </FrontPage>
    )
  }
  return (
    <FrontPage
      title="Create your account"
      description="The first account of this Fairlead. It may do everything."
    >
      <SetUpForm token={token} />
    </FrontPage>
  )
}
