import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { Access } from '#components/shell/access.tsx'
import { ConsoleShell } from '#components/shell/console-shell.tsx'
import { Unavailable } from '#components/shell/unavailable.tsx'
import { currentSession } from '#lib/bff/api.ts'
import { ControlPlaneUnavailable } from '#lib/bff/control-plane.ts'
import { REQUEST_PATH_HEADER } from '#lib/bff/request-gate.ts'
import { Providers } from '../providers.tsx'

/** The session, or why it could not be fetched. */
async function session() {
  try {
    return { current: await currentSession() }
  } catch (error) {
    if (error instanceof ControlPlaneUnavailable) return { problem: error.message }
    throw error
  }
}

/** The pages behind the log-in. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const { current, problem } = await session()
  if (problem !== undefined) return <Unavailable problem={problem} />
  if (!current) {
    const path = (await headers()).get(REQUEST_PATH_HEADER) ?? '/'
    redirect(`/login?next=${encodeURIComponent(path)}`)
  }
  return (
    <Providers renderedAt={Date.now()}>
      <Access account={current.account}>
        <ConsoleShell account={current.account}>{children}</ConsoleShell>
      </Access>
    </Providers>
  )
}
