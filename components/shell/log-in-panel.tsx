'use client'
import { LogInForm } from './log-in-form.tsx'

/** The log-in of its own page. A full load follows it, so that nothing from before the session is kept. */
export function LogInPanel({ next }: { next: string }) {
  return <LogInForm onDone={() => window.location.assign(next)} />
}
