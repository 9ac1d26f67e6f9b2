'use client'
import { clsx } from 'clsx'
import { BellRing, type LucideIcon, MapPin, Waypoints } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useId } from 'react'

type MenuSection = { title: string; links: { href: string; label: string; icon: LucideIcon }[] }

const SECTIONS: readonly MenuSection[] = [
  {
    title: 'Network',
    links: [
      { href: '/network/load-balancers', label: 'Load Balancer', icon: Waypoints },
      { href: '/network/ip-addresses', label: 'IP addresses', icon: MapPin },
      { href: '/network/subscribers', label: 'Subscribers', icon: BellRing },
    ],
  },
]

/** The console's navigation. */
export function SideMenu() {
  const pathname = usePathname()
  const id = useId()
  return (
    <nav aria-label="Main" className="grid gap-6">
      {SECTIONS.map((section) => (
        <div key={section.title}>
          <h2 id={`${id}-${section.title}`} className="px-2 pb-1.5 text-xs font-medium text-muted">
            {section.title}
          </h2>
          <ul aria-labelledby={`${id}-${section.title}`} className="grid gap-0.5">
            {section.links.map(({ href, label, icon: Icon }) => (
              <li key={href}>
                <Link
                  href={href}
                  aria-current={
                    pathname === href || pathname.startsWith(`${href}/`) ? 'page' : undefined
                  }
                  className={clsx(
                    'flex h-8 items-center gap-2.5 rounded-control px-2 text-muted hover:bg-surface-sunken hover:text-text',
                    'aria-[current]:bg-accent-soft aria-[current]:font-medium aria-[current]:text-accent',
                  )}
                >
                  <Icon aria-hidden className="size-4 shrink-0" />
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}
