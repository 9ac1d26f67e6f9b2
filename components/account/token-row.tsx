import { useMay, useOwnAccount } from '#components/shell/access.tsx'
import { Button } from '#components/ui/button.tsx'
import { Code } from '#components/ui/code.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { Menu } from '#components/ui/menu.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { RowHeader, Td, Tr } from '#components/ui/table.tsx'
import type { ApiToken } from '#lib/core/api-token.ts'

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })

const FROM_SETTINGS =
  'This token is set by FAIRLEAD_ACCESS_KEY. Remove it from the settings and restart Fairlead, then change or revoke it here.'
const NOT_YOURS = "Only the token's owner or an installation owner can change it."

export type TokenAction = { what: 'edit' | 'hand over' | 'revoke'; token: ApiToken }

type Props = { token: ApiToken; onAction: (action: TokenAction) => void }

/** An API token as a row. */
export function TokenRow({ token, onAction }: Props) {
  const { name, access_key: accessKey, created_by: by, last_used_at: used, networks } = token
  return (
    <Tr>
      <RowHeader>
        {name}
        {networks.length > 0 && (
          <span className="block text-[0.8125rem]/5 font-normal wrap-anywhere text-muted">
            from {networks.join(', ')}
          </span>
        )}
      </RowHeader>
      <Td label="Access key">
        <span className="-my-1 inline-flex items-center gap-1">
          <Code>{accessKey}</Code>
          <CopyButton text={accessKey} label={`Copy access key of ${name}`} />
        </span>
      </Td>
      <Td label="Access">{token.scope === 'full' ? 'Read and change' : 'Read only'}</Td>
      <Td label="Owner">
        <Owner token={token} />
      </Td>
      <Td label="Created">
        <RelativeTime at={token.created_at} />
        {by && by !== token.owner?.email && (
          <span className="block text-[0.8125rem]/5 text-muted">by {by}</span>
        )}
      </Td>
      <Td label="Last used">{used ? <RelativeTime at={used} /> : 'Never'}</Td>
      <Td label="Expires">
        <Expiry token={token} />
      </Td>
      <Td actions>
        <Actions token={token} onAction={onAction} />
      </Td>
    </Tr>
  )
}

function Owner({ token: { owner, state } }: { token: ApiToken }) {
  if (owner === null) return 'This installation'
  return (
    <span className="wrap-anywhere">
      {owner.email ?? 'Removed account'}
      {state === 'disabled' && (
        <span className="block">
          <StatusBadge tone="danger">Disabled</StatusBadge>
        </span>
      )}
    </span>
  )
}

function Expiry({ token: { expires_at: at, state } }: { token: ApiToken }) {
  if (at === null) return 'Never'
  if (state === 'expired') return <StatusBadge tone="danger">Expired</StatusBadge>
  return (
    // The server's time zone is not the reader's, so the first text may differ.
    <time dateTime={at} suppressHydrationWarning>
      {DATE.format(new Date(at))}
    </time>
  )
}

function Actions({ token, onAction }: Props) {
  const isOwner = useMay('people')
  const isOwn = token.owner?.id === useOwnAccount()
  const fixed = token.from_settings ? FROM_SETTINGS : undefined
  const disabledReason = fixed ?? (isOwner || isOwn ? undefined : NOT_YOURS)
  const { name } = token
  return (
    <span className="inline-flex items-center gap-2">
      <Button
        changes
        size="small"
        aria-label={`Revoke ${name}`}
        disabledReason={fixed}
        onClick={() => onAction({ what: 'revoke', token })}
      >
        Revoke
      </Button>
      <Menu
        label={`Actions for ${name}`}
        items={[
          {
            label: 'Edit',
            changes: true,
            disabledReason,
            onSelect: () => onAction({ what: 'edit', token }),
          },
          {
            label: 'Hand over',
            changes: true,
            disabledReason,
            onSelect: () => onAction({ what: 'hand over', token }),
          },
        ]}
      />
    </span>
  )
}
