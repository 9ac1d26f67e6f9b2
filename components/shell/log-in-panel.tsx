'use client'
import { LogInForm } from './log-in-form.tsx'

/** The log-in page. A full page load follows, so that no state from before the session remains. */
export function LogInPanel({ next }: { next: string }) {
  return <LogInForm onDone={() => window.location.assign(next)} />
}
