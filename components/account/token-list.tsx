'use client'
import { useQuery } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { RefreshWarning, UpdatedAt } from '#components/lb/refresh-state.tsx'
import { Button } from '#components/ui/button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Table, Tbody, Th, Thead } from '#components/ui/table.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { allTokens } from '#lib/client/token-queries.ts'
import { RevokeTokenDialog } from './revoke-token-dialog.tsx'
import { type TokenAction, TokenRow } from './token-row.tsx'

/** Dialogs are loaded on demand, because forms are larger than the rest of the page. */
const CreateTokenDialog = dynamic(() =>
  import('./create-token-dialog.tsx').then((module) => module.CreateTokenDialog),
)
const EditTokenDialog = dynamic(() =>
  import('./edit-token-dialog.tsx').then((module) => module.EditTokenDialog),
)
const HandOverDialog = dynamic(() =>
  import('./hand-over-dialog.tsx').then((module) => module.HandOverDialog),
)

const INTERVAL_MS = 10_000

/** The list of API tokens. @param apiUrl the API's public URL, for SDKs and the CLI */
export function TokenList({ apiUrl }: { apiUrl: string }) {
  const query = useQuery({ ...browserQuery(allTokens()), refetchInterval: INTERVAL_MS })
  const [creating, setCreating] = useState(false)
  const [action, setAction] = useState<TokenAction | null>(null)
  const close = () => setAction(null)
  const { data } = query
  const create = (
    <Button changes variant="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden className="size-4" />
      Create API token
    </Button>
  )
  return (
    <div className="grid gap-5">
      <PageHeader
        title="API tokens"
        description="Tokens authenticate programs to the API: SDKs, the CLI, Terraform. A token belongs to the account that created it and stops working when that account is disabled or removed."
        actions={data && <UpdatedAt query={query} />}
      />
      <RefreshWarning query={query} />
      {data?.length === 0 && (
        <EmptyState icon={<KeyRound aria-hidden />} title="No API tokens" action={create}>
          Create one for each program, so that you can revoke it alone.
        </EmptyState>
      )}
      {data && data.length > 0 && (
        <div className="grid gap-4">
          <div className="flex justify-end">{create}</div>
          <Table name="API tokens">
            <Thead>
              <Th>Name</Th>
              <Th>Access key</Th>
              <Th>Access</Th>
              <Th>Owner</Th>
              <Th>Created</Th>
              <Th>Last used</Th>
              <Th>Expires</Th>
              <Th actions />
            </Thead>
            <Tbody>
              {data.map((token) => (
                <TokenRow key={token.access_key} token={token} onAction={setAction} />
              ))}
            </Tbody>
          </Table>
        </div>
      )}
      {creating && <CreateTokenDialog apiUrl={apiUrl} onClose={() => setCreating(false)} />}
      {action?.what === 'edit' && <EditTokenDialog token={action.token} onClose={close} />}
      {action?.what === 'hand over' && <HandOverDialog token={action.token} onClose={close} />}
      {action?.what === 'revoke' && <RevokeTokenDialog token={action.token} onClose={close} />}
    </div>
  )
}
