'use client'
import { ArrowRight, Copy, Network, Trash2 } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { toast } from 'sonner'
import { Code } from '#components/ui/code.tsx'
import { Menu, type MenuItem } from '#components/ui/menu.tsx'
import { SortableTh } from '#components/ui/sortable-th.tsx'
import { RowHeader, Table, Tbody, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { Tag } from '#components/ui/tag.tsx'
import { writeClipboard } from '#components/ui/write-clipboard.ts'
import { consolePath } from '#lib/client/console-path.ts'
import type { LbListQuery } from '#lib/client/lb-queries.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { LbOverview, OverviewOrder } from '#lib/core/observed.ts'
import { REGION_NAMES } from '#lib/core/regions.ts'
import { DeleteLbDialog } from '../delete-lb-dialog.tsx'
import { HealthState } from '../health/health-state.tsx'
import { HealthyServers } from './healthy-servers.tsx'

async function copy(text: string, what: string) {
  if (await writeClipboard(text)) toast.success(`${what} copied.`)
  else toast.error(`Could not copy. ${what}: ${text}`)
}

function itemsOf(lb: Lb, onDelete: () => void): MenuItem[] {
  const address = lb.ip[0]?.ip_address
  return [
    {
      label: 'More Info',
      icon: <ArrowRight aria-hidden />,
      href: consolePath.loadBalancer(lb.id),
    },
    { label: 'Copy ID', icon: <Copy aria-hidden />, onSelect: () => void copy(lb.id, 'ID') },
    {
      label: 'Copy IP address',
      icon: <Network aria-hidden />,
      disabledReason: address === undefined ? 'It has no address.' : undefined,
      onSelect: () => void copy(address ?? '', 'IP address'),
    },
    {
      label: 'Delete',
      icon: <Trash2 aria-hidden />,
      tone: 'danger',
      changes: true,
      onSelect: onDelete,
    },
  ]
}

type OnChange = (next: Partial<LbListQuery>) => void

function TagButton({ tag, onChange }: { tag: string; onChange: OnChange }) {
  return (
    <button
      type="button"
      aria-label={`Filter by tag ${tag}`}
      className="flex min-h-6 max-w-full items-center rounded-control *:hover:border-border-strong *:hover:text-text"
      onClick={() => onChange({ tag })}
    >
      <Tag>{tag}</Tag>
    </button>
  )
}

type RowProps = { overview: LbOverview; onDelete: () => void; onChange: OnChange }

function LbRow({ overview, onDelete, onChange }: RowProps) {
  const { lb } = overview
  return (
    <Tr>
      <RowHeader>
        <Link href={consolePath.loadBalancer(lb.id)} className="text-accent hover:underline">
          {lb.name}
        </Link>
      </RowHeader>
      <Td label="Health">
        <HealthState health={overview.health} stacked />
      </Td>
      <Td label="Region">{REGION_NAMES[lb.region]}</Td>
      <Td label="IP address">
        {lb.ip[0] ? <Code className="whitespace-nowrap">{lb.ip[0].ip_address}</Code> : 'None'}
      </Td>
      <Td label="Frontends">{lb.frontend_count}</Td>
      <Td label="Backends">{lb.backend_count}</Td>
      <Td label="Healthy servers">
        <HealthyServers up={overview.servers_up} of={overview.servers} />
      </Td>
      <Td label="Tags">
        <span className="flex flex-wrap gap-1">
          {lb.tags.map((tag) => (
            <TagButton key={tag} tag={tag} onChange={onChange} />
          ))}
        </span>
      </Td>
      <Td actions>
        <Menu label={`Actions for ${lb.name}`} items={itemsOf(lb, onDelete)} />
      </Td>
    </Tr>
  )
}

type Props = { overviews: readonly LbOverview[]; order: OverviewOrder; onChange: OnChange }

/** The load balancers as a table. */
export function LbTable({ overviews, order, onChange }: Props) {
  const sortBy = (column: 'name' | 'region' | 'health') => {
    const ascending = order === `${column}_asc`
    const descending = order === `${column}_desc`
    return {
      ...(ascending && { sorted: 'ascending' as const }),
      ...(descending && { sorted: 'descending' as const }),
      onSort: () => onChange({ order: ascending ? `${column}_desc` : `${column}_asc` }),
    }
  }
  const [deleting, setDeleting] = useState<Lb | null>(null)
  return (
    <>
      <Table name="Load balancers">
        <Thead>
          <SortableTh {...sortBy('name')}>Name</SortableTh>
          <SortableTh {...sortBy('health')}>Health</SortableTh>
          <SortableTh {...sortBy('region')}>Region</SortableTh>
          <Th>IP address</Th>
          <Th>Frontends</Th>
          <Th>Backends</Th>
          <Th>Healthy servers</Th>
          <Th>Tags</Th>
          <Th actions />
        </Thead>
        <Tbody>
          {overviews.map((overview) => (
            <LbRow
              key={overview.lb.id}
              overview={overview}
              onDelete={() => setDeleting(overview.lb)}
              onChange={onChange}
            />
          ))}
        </Tbody>
      </Table>
      {deleting && <DeleteLbDialog lb={deleting} onClose={() => setDeleting(null)} />}
    </>
  )
}
