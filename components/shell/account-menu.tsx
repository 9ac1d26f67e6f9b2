'use client'
import {
  BookOpen,
  ChevronsUpDown,
  CircleUser,
  FileCode,
  KeyRound,
  LogOut,
  ScrollText,
  ShieldCheck,
  Users,
} from 'lucide-react'
import { Menu } from '#components/ui/menu.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import { endSession } from '#lib/client/session-requests.ts'
import type { Account } from '#lib/core/account.ts'
import { useMay } from './access.tsx'

/** Logs out. Even if the request fails, the browser has no session afterwards. */
async function logOut(): Promise<void> {
  await endSession().catch(() => undefined)
  window.location.assign('/login')
}

/** The menu of the current account. */
export function AccountMenu({ account }: { account: Account }) {
  const isOwner = useMay('people')
  return (
    <Menu
      label={`Account ${account.email}`}
      triggerClassName="flex h-9 w-full min-w-0 items-center gap-2.5 rounded-control px-2 text-left hover:bg-surface-sunken"
      trigger={
        <>
          <CircleUser aria-hidden className="size-4 shrink-0 text-muted" />
          <span className="flex-1 truncate">{account.email}</span>
          <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-muted" />
        </>
      }
      items={[
        { label: 'Security', icon: <ShieldCheck aria-hidden />, href: consolePath.security() },
        { label: 'People', icon: <Users aria-hidden />, href: consolePath.people() },
        ...(isOwner
          ? [{ label: 'Audit log', icon: <ScrollText aria-hidden />, href: consolePath.audit() }]
          : []),
        { label: 'API tokens', icon: <KeyRound aria-hidden />, href: consolePath.apiTokens() },
        {
          label: 'Documentation',
          icon: <BookOpen aria-hidden />,
          href: consolePath.documentation(),
        },
        {
          label: 'API documentation',
          icon: <FileCode aria-hidden />,
          href: consolePath.apiReference(),
        },
        { label: 'Log out', icon: <LogOut aria-hidden />, onSelect: () => void logOut() },
      ]}
    />
  )
}
