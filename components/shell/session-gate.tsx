'use client'
import { useQueryClient } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useEffect, useState } from 'react'
import { Dialog } from '#components/ui/dialog.tsx'
import { UNAUTHENTICATED_EVENT } from '#lib/client/api.ts'
import type { Account } from '#lib/core/account.ts'

/** Loaded on demand: not every page has a form. */
const LogInForm = dynamic(() => import('./log-in-form.tsx').then((module) => module.LogInForm))

/** Shows the log-in over the page when the session ends. The page keeps its state, with everything that was typed. */
export function SessionGate({ account }: { account: Account }) {
  const [open, setOpen] = useState(false)
  const queryClient = useQueryClient()
  useEffect(() => {
    const show = () => setOpen(true)
    window.addEventListener(UNAUTHENTICATED_EVENT, show)
    return () => window.removeEventListener(UNAUTHENTICATED_EVENT, show)
  }, [])
  const proceed = (loggedIn: Account) => {
    // The page shows data of the other account.
    if (loggedIn.id !== account.id) return window.location.reload()
    setOpen(false)
    void queryClient.invalidateQueries()
  }
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      persistent
      title="Log in to continue"
      description="Your session has ended. The page stays as it is, with everything you typed."
    >
      <LogInForm email={account.email} onDone={proceed} />
    </Dialog>
  )
}
