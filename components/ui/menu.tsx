'use client'
import { clsx } from 'clsx'
import { Ellipsis } from 'lucide-react'
import Link from 'next/link'
import * as Radix from 'radix-ui/dropdown-menu'
import { type ReactNode, useState } from 'react'
import { afterPaint } from './after-paint.ts'
import { buttonClass } from './button-class.ts'
import { useReadOnly } from './read-only.ts'

export type MenuItem = {
  label: string
  icon?: ReactNode
  tone?: 'danger'
  /** Whether its action requires the right to write. If so, it is inert for viewers. */
  changes?: boolean
  /** Why it is inert. The keyboard still reaches it, so that the reason can be read. */
  disabledReason?: string | undefined
} & ({ href: string; onSelect?: never } | { onSelect: () => void; href?: never })

type Props = {
  /** The trigger's accessible name. Of a row's menu: `Actions for NAME`. */
  label: string
  items: readonly MenuItem[]
  /** The trigger's content. Default: three dots */
  trigger?: ReactNode
  triggerClassName?: string
  /** Shown above the items. */
  header?: ReactNode
}

const ITEM = clsx(
  'flex min-h-8 w-full items-center gap-2.5 rounded-control px-2 py-1.5 outline-none',
  'data-highlighted:bg-surface-sunken [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-muted',
)

function Item({ item: own }: { item: MenuItem }) {
  const readOnly = useReadOnly()
  const item = own.changes && readOnly ? { ...own, disabledReason: readOnly } : own
  const text = (
    <span className="grid">
      {item.label}
      {item.disabledReason && (
        <span className="max-w-64 text-[0.8125rem] text-muted">{item.disabledReason}</span>
      )}
    </span>
  )
  const className = clsx(ITEM, item.tone === 'danger' && !item.disabledReason && 'text-danger')
  if (item.disabledReason) {
    return (
      <Radix.Item
        className={clsx(className, 'text-muted')}
        aria-disabled
        onSelect={(event) => event.preventDefault()}
      >
        {item.icon}
        {text}
      </Radix.Item>
    )
  }
  if (item.href !== undefined) {
    return (
      <Radix.Item asChild>
        <Link href={item.href} className={className}>
          {item.icon}
          {text}
        </Link>
      </Radix.Item>
    )
  }
  return (
    <Radix.Item className={className} onSelect={item.onSelect}>
      {item.icon}
      {text}
    </Radix.Item>
  )
}

/** A menu of actions behind one button. */
export function Menu({ label, items, trigger, triggerClassName, header }: Props) {
  const [open, setOpen] = useState(false)
  return (
    // Not modal: the page behind stays scrollable, as with native menus.
    <Radix.Root modal={false} open={open} onOpenChange={(next) => afterPaint(() => setOpen(next))}>
      <Radix.Trigger
        aria-label={label}
        className={triggerClassName ?? buttonClass('ghost', 'icon')}
      >
        {trigger ?? <Ellipsis aria-hidden className="size-4" />}
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 min-w-[max(11rem,var(--radix-dropdown-menu-trigger-width))] rounded-card border border-border bg-surface-raised p-1 shadow-raised"
        >
          {header && <div className="border-b border-border px-2 pt-1 pb-2 mb-1">{header}</div>}
          {items.map((item) => (
            <Item key={item.label} item={item} />
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
