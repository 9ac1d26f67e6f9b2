import Link from 'next/link'
import type { ReactNode } from 'react'
import { PaletteHost } from '#components/palette/palette-host.tsx'
import { SearchButton } from '#components/palette/search-button.tsx'
import type { Account } from '#lib/core/account.ts'
import { AccountMenu } from './account-menu.tsx'
import { Brand } from './brand.tsx'
import { LiveUpdates } from './live-updates.tsx'
import { PhoneMenu } from './phone-menu.tsx'
import { SessionGate } from './session-gate.tsx'
import { SideMenu } from './side-menu.tsx'
import { ThemeSwitch } from './theme-switch.tsx'
import { UnavailableNotice } from './unavailable-notice.tsx'

function MenuContent({ account }: { account: Account }) {
  return (
    <>
      <SideMenu />
      <div className="mt-auto grid grid-cols-[minmax(0,1fr)] gap-3">
        <ThemeSwitch />
        <div className="-mx-2 border-t border-border px-2 pt-2">
          <AccountMenu account={account} />
        </div>
      </div>
    </>
  )
}

function HomeLink() {
  return (
    <Link href="/network/load-balancers" aria-label="Fairlead, start page">
      <Brand />
    </Link>
  )
}

/** The layout of the pages behind the log-in: a side menu, on phones behind a button, and the page. */
export function ConsoleShell({ account, children }: { account: Account; children: ReactNode }) {
  return (
    <div className="md:grid md:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#page"
        className="sr-only rounded-control bg-accent-fill px-3 py-2 text-on-fill focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to the page
      </a>
      <header className="sticky top-0 z-30 flex h-12 items-center justify-between border-b border-border bg-surface px-4 md:hidden">
        <HomeLink />
        <div className="flex gap-1">
          <SearchButton compact />
          <PhoneMenu>
            <MenuContent account={account} />
          </PhoneMenu>
        </div>
      </header>
      <aside className="sticky top-0 hidden h-dvh flex-col gap-6 overflow-y-auto border-r border-border bg-surface px-4 pt-4 pb-2 md:flex">
        <div className="flex h-8 items-center px-2">
          <HomeLink />
        </div>
        <SearchButton />
        <MenuContent account={account} />
      </aside>
      <main id="page" tabIndex={-1} className="min-w-0 px-4 py-6 outline-none sm:px-8">
        <div className="mx-auto grid max-w-6xl gap-5">
          <UnavailableNotice />
          <div className="min-w-0">{children}</div>
        </div>
      </main>
      <SessionGate account={account} />
      <LiveUpdates />
      <PaletteHost accountId={account.id} />
    </div>
  )
}
