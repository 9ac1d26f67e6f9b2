'use client'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { Disclosure } from '#components/ui/disclosure.tsx'
import type { DocGroup } from './page-files.ts'

type Props = { groups: DocGroup[] }

/** The navigation of the documentation: beside the page, or on narrow screens in a disclosure above it. */
export function DocsNav({ groups }: Props) {
  const pathname = usePathname()
  return (
    <nav aria-label="Documentation" className="text-[0.8125rem]/5">
      {/* The key closes it on navigation. */}
      <Disclosure key={pathname} summary="All pages" className="lg:hidden">
        <Groups groups={groups} pathname={pathname} />
      </Disclosure>
      <div className="sticky top-6 hidden max-h-[calc(100dvh-3rem)] overflow-y-auto lg:block">
        <Groups groups={groups} pathname={pathname} />
      </div>
    </nav>
  )
}

function Groups({ groups, pathname }: Props & { pathname: string }) {
  return (
    <div className="grid gap-3.5">
      {groups.map(({ title, links }) => (
        <div key={title}>
          <h2 className="px-2 pb-0.5 font-medium">{title}</h2>
          <ul>
            {links.map((link) => (
              <li key={link.href}>
                <Link
                  href={link.href}
                  aria-current={pathname === link.href ? 'page' : undefined}
                  className="block rounded-control px-2 py-0.5 text-muted hover:bg-surface-sunken hover:text-text aria-[current]:bg-accent-soft aria-[current]:font-medium aria-[current]:text-accent"
                >
                  {link.title}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  )
}
