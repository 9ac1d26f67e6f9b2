'use client'
import { Command } from 'cmdk'
import {
  ArrowRightFromLine,
  ArrowRightToLine,
  BookOpen,
  type LucideIcon,
  MapPin,
  Server,
  Waypoints,
} from 'lucide-react'
import { usePathname, useRouter } from 'next/navigation'
import * as Radix from 'radix-ui/dialog'
import { useEffect, useState } from 'react'
import { useReturnFocus } from '#components/ui/use-return-focus.ts'
import type { SearchHit } from '#lib/core/search.ts'
import type { DocEntry } from '../docs/pages/search-index.ts'
import { chooseTheme } from '../shell/theme-switch.tsx'
import type { Destination } from './destination.ts'
import { useDocumentation } from './documentation.ts'
import { followLink } from './follow-link.ts'
import { matchingActions, type PaletteAction } from './palette-actions.ts'
import { readRecent, storeRecent } from './recent.ts'
import { useActiveItem } from './use-active-item.ts'
import { useSearch } from './use-search.ts'

const ICONS: Record<SearchHit['type'], LucideIcon> = {
  lb: Waypoints,
  frontend: ArrowRightToLine,
  backend: ArrowRightFromLine,
  server: Server,
  ip: MapPin,
}

const GROUP =
  '[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted'
const ITEM =
  'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-control px-2 py-1.5 data-[selected=true]:bg-accent-soft [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-muted'

/** Servers of one backend share its row as their destination. */
const itemValue = ({ href, name }: Destination) => `${href} ${name}`

type Props = { accountId: string; onClose: () => void }

/** The command palette: finds resources, pages of the documentation and actions. */
export function Palette({ accountId, onClose }: Props) {
  const returnFocus = useReturnFocus(true)
  const router = useRouter()
  const [text, setText] = useState('')
  const [recent] = useState(() => readRecent(accountId))
  const pages = useDocumentation(text)
  const search = useSearch(text, pages.length)
  const destinations = text.trim() === '' ? recent : search.found
  const actions = matchingActions(text, usePathname())

  const visit = (href: string) => {
    onClose()
    followLink(href, router.push)
  }
  const go = (destination: Destination) => {
    storeRecent(accountId, destination)
    visit(destination.href)
  }
  const act = ({ href, theme }: PaletteAction) => {
    if (href !== undefined) return visit(href)
    chooseTheme(theme)
    onClose()
  }
  const [chosen, choose] = useActiveItem([
    ...destinations.map(itemValue),
    ...actions.map(({ label }) => label),
    ...pages.map(({ href }) => href),
  ])
  const [enterPressed, setEnterPressed] = useState(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the end of the search triggers it.
  useEffect(() => {
    if (!enterPressed || search.pending) return
    setEnterPressed(false)
    const destination = destinations.find((one) => itemValue(one) === chosen)
    const action = actions.find(({ label }) => label === chosen)
    const page = pages.find(({ href }) => href === chosen)
    if (destination) go(destination)
    else if (action) act(action)
    else if (page) visit(page.href)
  }, [enterPressed, search.pending])

  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-50 bg-overlay" />
        <Radix.Content
          aria-describedby={undefined}
          onCloseAutoFocus={returnFocus}
          className="fixed inset-x-4 top-[max(1rem,12vh)] z-50 mx-auto max-w-xl overflow-hidden rounded-card border border-border bg-surface-raised shadow-raised outline-none"
        >
          <Radix.Title className="sr-only">Search</Radix.Title>
          <Command
            label="Search"
            shouldFilter={false}
            loop
            value={chosen}
            onValueChange={choose}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || !search.pending) return
              // The visible results are of the previous text. The effect above follows once the new ones are there.
              event.preventDefault()
              setEnterPressed(true)
            }}
          >
            <Command.Input
              autoFocus
              value={text}
              onValueChange={(next) => {
                setText(next)
                setEnterPressed(false)
              }}
              placeholder="Name, address, port, tag or ID"
              className="h-12 w-full border-b border-border bg-transparent px-4 text-base outline-none"
            />
            <Command.List label="Results" className="max-h-[min(24rem,60vh)] overflow-y-auto p-2">
              {destinations.length > 0 && (
                <Command.Group heading={text.trim() === '' ? 'Recent' : 'Found'} className={GROUP}>
                  {destinations.map((destination) => (
                    <DestinationItem
                      key={itemValue(destination)}
                      destination={destination}
                      onSelect={() => go(destination)}
                    />
                  ))}
                </Command.Group>
              )}
              {actions.length > 0 && (
                <Command.Group heading="Actions" className={GROUP}>
                  {actions.map((action) => (
                    <Command.Item
                      key={action.label}
                      value={action.label}
                      onSelect={() => act(action)}
                      className={ITEM}
                    >
                      <action.icon aria-hidden />
                      {action.label}
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
              {pages.length > 0 && (
                <Command.Group heading="Documentation" className={GROUP}>
                  {pages.map((page) => (
                    <PageItem key={page.href} page={page} onSelect={() => visit(page.href)} />
                  ))}
                </Command.Group>
              )}
            </Command.List>
            <p role="status" className="px-4 pb-3 text-[0.8125rem] text-muted empty:hidden">
              {search.status}
            </p>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

function DestinationItem({
  destination,
  onSelect,
}: {
  destination: Destination
  onSelect: () => void
}) {
  const { type, kind, name, where } = destination
  const Icon = ICONS[type]
  return (
    <Command.Item value={itemValue(destination)} onSelect={onSelect} className={ITEM}>
      <Icon aria-hidden />
      <span className="min-w-0">
        <span className="text-muted">{kind}</span> <span className="font-medium">{name}</span>{' '}
        <span className="text-muted">· {where}</span>
      </span>
    </Command.Item>
  )
}

function PageItem({ page, onSelect }: { page: DocEntry; onSelect: () => void }) {
  return (
    <Command.Item value={page.href} onSelect={onSelect} className={ITEM}>
      <BookOpen aria-hidden />
      <span className="min-w-0">
        <span className="font-medium">{page.title}</span>
        {page.page !== null && <span className="text-muted"> · {page.page}</span>}
      </span>
    </Command.Item>
  )
}
