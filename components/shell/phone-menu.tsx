'use client'
import { Menu as MenuIcon, X } from 'lucide-react'
import { usePathname } from 'next/navigation'
import * as Radix from 'radix-ui/dialog'
import { type ReactNode, useState } from 'react'
import { buttonClass } from '#components/ui/button-class.ts'
import { Brand } from './brand.tsx'

/** The side menu on narrow screens: a button opens it over the page, and a link closes it. */
export function PhoneMenu({ children }: { children: ReactNode }) {
  const pathname = usePathname()
  const [openAt, setOpenAt] = useState<string | null>(null)
  return (
    <Radix.Root
      open={openAt === pathname}
      onOpenChange={(open) => setOpenAt(open ? pathname : null)}
    >
      <Radix.Trigger aria-label="Menu" className={buttonClass('ghost', 'icon', '-mr-1.5')}>
        <MenuIcon aria-hidden className="size-5" />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-overlay md:hidden" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed inset-y-0 left-0 z-40 flex w-72 max-w-[85vw] flex-col gap-6 overflow-y-auto border-r border-border bg-surface p-4 shadow-raised outline-none md:hidden"
        >
          <div className="flex items-center justify-between">
            <Brand />
            <Radix.Close aria-label="Close menu" className={buttonClass('ghost', 'icon', '-mr-2')}>
              <X aria-hidden className="size-4" />
            </Radix.Close>
          </div>
          <Radix.Title className="sr-only">Menu</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
