'use client'
import { createContext, type ReactNode, useContext } from 'react'
import { ReadOnly } from '#components/ui/read-only.ts'
import { type Right, rightsOf } from '#lib/core/access.ts'
import type { Account } from '#lib/core/account.ts'

const VIEWER =
  'You are a viewer: you may look at everything and change nothing. An owner can make you an editor.'

const Rights = createContext<readonly Right[]>([])
const OwnAccount = createContext('')

/** Provides the account's rights to the page, which hides what the API would refuse. */
export function Access({ account, children }: { account: Account; children: ReactNode }) {
  const rights = rightsOf(account.role)
  return (
    <Rights value={rights}>
      <ReadOnly value={rights.includes('write') ? null : VIEWER}>
        <OwnAccount value={account.id}>{children}</OwnAccount>
      </ReadOnly>
    </Rights>
  )
}

export function useMay(right: Right): boolean {
  return useContext(Rights).includes(right)
}

/** The ID of the current account. */
export function useOwnAccount(): string {
  return useContext(OwnAccount)
}
