'use client'
import { clsx } from 'clsx'
import { CircleX, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useEffect, useRef } from 'react'

/** A count on a tab that needs attention: "2", for screen readers "2 not healthy". */
export type TabAlert = { count: number; tone: 'warn' | 'danger'; label: string }
export type TabLink = {
  href: string
  label: string
  count?: number | undefined
  alert?: TabAlert | undefined
}

/** The link of the current page or of its nearest parent. */
function currentOf(tabs: readonly TabLink[], pathname: string): TabLink | undefined {
  return tabs
    .filter((tab) => pathname === tab.href || pathname.startsWith(`${tab.href}/`))
    .sort((a, b) => b.href.length - a.href.length)[0]
}

/** Tabs that are links to pages of their own. */
export function TabLinks({ label, tabs }: { label: string; tabs: readonly TabLink[] }) {
  const current = currentOf(tabs, usePathname())
  const nav = useRef<HTMLElement>(null)
  const centred = useRef(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is scrolled to.
  useEffect(() => {
    const bar = nav.current
    const link = bar?.querySelector<HTMLElement>('[aria-current]')
    if (!bar || !link) return
    // A person who scrolled before this script ran is about to press another tab.
    const isScrolled = !centred.current && bar.scrollLeft > 0
    centred.current = true
    // Scrolls the current tab into the middle, sideways only.
    const left = link.offsetLeft - (bar.clientWidth - link.offsetWidth) / 2
    if (!isScrolled) bar.scrollTo({ left })
  }, [current?.href])
  return (
    <nav ref={nav} aria-label={label} className="relative overflow-x-auto border-b border-border">
      <ul className="flex gap-5">
        {tabs.map((tab) => (
          <li key={tab.href}>
            <Link
              href={tab.href}
              aria-current={tab === current ? 'page' : undefined}
              className="flex h-10 items-center gap-1.5 border-b-2 border-transparent whitespace-nowrap text-muted -outline-offset-2 hover:text-text aria-[current]:border-accent aria-[current]:font-medium aria-[current]:text-text"
            >
              {tab.label}
              {tab.count !== undefined && (
                <span className="rounded-full bg-surface-sunken px-1.5 text-xs font-normal text-muted">
                  {tab.count}
                </span>
              )}
              {tab.alert && <AlertCount {...tab.alert} />}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function AlertCount({ count, tone, label }: TabAlert) {
  const Icon = tone === 'danger' ? CircleX : TriangleAlert
  return (
    <span
      title={`${count} ${label}`}
      className={clsx(
        'inline-flex items-center gap-0.5 rounded-full px-1.5 text-xs font-medium',
        tone === 'danger' ? 'bg-danger-soft text-danger' : 'bg-warn-soft text-warn',
      )}
    >
      <Icon aria-hidden className="size-3" />
      {count} <span className="sr-only">{label}</span>
    </span>
  )
}
