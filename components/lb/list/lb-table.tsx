'use client'
import { ArrowRight, Copy, Network, Trash2 } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { toast } from 'sonner'
import { Code } from '#components/ui/code.tsx'
import { Menu, type MenuItem } from '#components/ui/menu.tsx'
import { RowHeader, Table, Tbody, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { Tag } from '#components/ui/tag.tsx'
import { writeClipboard } from '#components/ui/write-clipboard.ts'
import { consolePath } from '#lib/client/console-path.ts'
import type { Lb } from '#lib/core/lb.ts'
import { REGION_NAMES } from '#lib/core/locality.ts'
import type { LbOverview } from '#lib/core/observed.ts'
import { DeleteLbDialog } from '../delete-lb-dialog.tsx'
import { LbStatusBadge } from '../lb-status-badge.tsx'
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
    { label: 'Delete', icon: <Trash2 aria-hidden />, tone: 'danger', onSelect: onDelete },
  ]
}

function LbRow({ overview, onDelete }: { overview: LbOverview; onDelete: () => void }) {
  const { lb } = overview
  return (
    <Tr>
      <RowHeader>
        <Link href={consolePath.loadBalancer(lb.id)} className="text-accent hover:underline">
          {lb.name}
        </Link>
      </RowHeader>
      <Td label="Status">
        <LbStatusBadge status={lb.status} />
      </Td>
      <Td label="Region">{REGION_NAMES[lb.region]}</Td>
      <Td label="IP address">{lb.ip[0] ? <Code>{lb.ip[0].ip_address}</Code> : 'None'}</Td>
      <Td label="Frontends">{lb.frontend_count}</Td>
      <Td label="Backends">{lb.backend_count}</Td>
      <Td label="Healthy servers">
        <HealthyServers up={overview.servers_up} of={overview.servers} />
      </Td>
      <Td label="Tags">
        <span className="flex flex-wrap gap-1">
          {lb.tags.map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </span>
      </Td>
      <Td actions>
        <Menu label={`Actions for ${lb.name}`} items={itemsOf(lb, onDelete)} />
      </Td>
    </Tr>
  )
}

/** The load balancers as rows. */
export function LbTable({ overviews }: { overviews: readonly LbOverview[] }) {
  const [deleting, setDeleting] = useState<Lb | null>(null)
  return (
    <>
      <Table name="Load balancers">
        <Thead>
          <Th>Name</Th>
          <Th>Status</Th>
          <Th>Region</Th>
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
            />
          ))}
        </Tbody>
      </Table>
      {deleting && <DeleteLbDialog lb={deleting} onClose={() => setDeleting(null)} />}
    </>
  )
}
