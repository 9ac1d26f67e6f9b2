import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { FrontPage } from '#components/shell/front-page.tsx'
import { LogInPanel } from '#components/shell/log-in-panel.tsx'
import { nextPath } from '#components/shell/next-path.ts'
import { Unavailable } from '#components/shell/unavailable.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { currentSession, setupState } from '#lib/bff/api.ts'
import { ControlPlaneUnavailable } from '#lib/bff/control-plane.ts'

export const metadata: Metadata = { title: 'Log in' }

async function state() {
  try {
    const [current, setup] = await Promise.all([currentSession(), setupState()])
    return { current, setupNeeded: setup.needed }
  } catch (error) {
    if (error instanceof ControlPlaneUnavailable) return { problem: error.message }
    throw error
  }
}

export default async function LogInPage({
  searchParams,
}: {
  searchParams: Promise<{ next?: string | string[] }>
}) {
  const next = nextPath((await searchParams).next)
  const { current, setupNeeded, problem } = await state()
  if (problem !== undefined) return <Unavailable problem={problem} />
  if (current) redirect(next)
  if (setupNeeded) {
    return (
      <FrontPage title="Create the first account" description="This Fairlead has no account yet.">
        <Alert title="Open the link that npm start printed">
          It is in the terminal where Fairlead was started, and looks like{' '}
          <code className="font-mono text-[0.8125rem]">/setup?token=…</code> It works once.
        </Alert>
      </FrontPage>
    )
  }
  return (
    <FrontPage title="Log in" description="Manage your load balancers.">
      <LogInPanel next={next} />
    </FrontPage>
  )
}
