'use client'
import { useQuery } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { RefreshWarning, UpdatedAt } from '#components/lb/refresh-state.tsx'
import { useMay } from '#components/shell/access.tsx'
import { Button } from '#components/ui/button.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Table, Tbody, Th, Thead } from '#components/ui/table.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { allPeople } from '#lib/client/people-queries.ts'
import { type PersonAction, PersonRow } from './person-row.tsx'

/** Loaded on demand. */
const InviteDialog = dynamic(() =>
  import('./invite-dialog.tsx').then((module) => module.InviteDialog),
)
const RenewLinkDialog = dynamic(() =>
  import('./renew-link-dialog.tsx').then((module) => module.RenewLinkDialog),
)
const RemovePersonDialog = dynamic(() =>
  import('./remove-person-dialog.tsx').then((module) => module.RemovePersonDialog),
)

const INTERVAL_MS = 10_000

/** The accounts and their roles. Owners manage them. */
export function PeoplePage() {
  const query = useQuery({ ...browserQuery(allPeople()), refetchInterval: INTERVAL_MS })
  const canEdit = useMay('people')
  const [open, setOpen] = useState<PersonAction | { what: 'invite' } | null>(null)
  const close = () => setOpen(null)
  const { data } = query
  return (
    <div className="grid gap-5">
      <PageHeader
        title="People"
        description="Owners can do everything. Editors can do everything except manage people. Viewers can only look."
        actions={data && <UpdatedAt query={query} />}
      />
      <RefreshWarning query={query} />
      {data && (
        <div className="grid gap-4">
          {canEdit && (
            <div className="flex justify-end">
              <Button variant="primary" onClick={() => setOpen({ what: 'invite' })}>
                <UserPlus aria-hidden className="size-4" />
                Invite somebody
              </Button>
            </div>
          )}
          <Table name="People">
            <Thead>
              <Th>Name</Th>
              <Th>Role</Th>
              <Th>State</Th>
              <Th>Last log-in</Th>
              {canEdit && <Th actions />}
            </Thead>
            <Tbody>
              {data.map((person) => (
                <PersonRow key={person.id} person={person} canEdit={canEdit} onAction={setOpen} />
              ))}
            </Tbody>
          </Table>
        </div>
      )}
      {open?.what === 'invite' && <InviteDialog onClose={close} />}
      {open?.what === 'link' && <RenewLinkDialog person={open.person} onClose={close} />}
      {open?.what === 'remove' && <RemovePersonDialog person={open.person} onClose={close} />}
    </div>
  )
}
