import type { ReactNode } from 'react'
import { Brand } from './brand.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

type Props = { title: string; description?: ReactNode; children?: ReactNode }

/** The layout of the pages in front of the log-in. */
export function FrontPage({ title, description, children }: Props) {
  return (
    <div className="grid min-h-dvh grid-rows-[1fr_auto_2fr] justify-items-center gap-6 p-4">
      <header className="justify-self-end">
        <ThemeSwitch />
      </header>
      <main className="grid w-full max-w-sm gap-6">
        <div className="justify-self-center">
          <Brand />
        </div>
        <div className="rounded-card border border-border bg-surface p-6 shadow-xs">
          <h1 className="text-xl/7 font-semibold tracking-tight">{title}</h1>
          {description && <p className="mt-1 text-muted">{description}</p>}
          <div className="mt-5">{children}</div>
        </div>
      </main>
    </div>
  )
}
