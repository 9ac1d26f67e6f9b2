import { clsx } from 'clsx'
import { useMay, useOwnAccount } from '#components/shell/access.tsx'
import { Code } from '#components/ui/code.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { Menu, type MenuItem } from '#components/ui/menu.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { RowHeader, Td, Tr } from '#components/ui/table.tsx'
import type { ApiToken } from '#lib/core/api-token.ts'

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })

const FROM_SETTINGS =
  'This token is set by FAIRLEAD_ACCESS_KEY. Remove it from the settings and restart Fairlead, then change or revoke it here.'
const NOT_YOURS = "Only the token's owner or an installation owner can change it."
const OWNERS_ONLY = 'Only an installation owner can hand it over.'

export type TokenAction = { what: 'edit' | 'hand over' | 'revoke'; token: ApiToken }

type Props = { token: ApiToken; onAction: (action: TokenAction) => void }

/** An API token as a row. */
export function TokenRow({ token, onAction }: Props) {
  const { name, access_key: accessKey, created_by: by, last_used_at: used, networks } = token
  return (
    <Tr>
      <RowHeader className="sm:min-w-40">
        {name}
        {networks.length > 0 && (
          <span className="block text-[0.8125rem]/5 font-normal wrap-anywhere text-muted">
            from {networks.join(', ')}
          </span>
        )}
      </RowHeader>
      <Td label="Access key">
        <span className="-my-1 inline-flex items-center gap-1">
          <Code className="sm:whitespace-nowrap">{accessKey}</Code>
          <CopyButton text={accessKey} label={`Copy access key of ${name}`} />
        </span>
      </Td>
      <Td label="Access" className="sm:whitespace-nowrap">
        {token.scope === 'full' ? 'Read-write' : 'Read-only'}
      </Td>
      <Td label="Owner">
        <Owner token={token} />
      </Td>
      <Td label="Created">
        <RelativeTime at={token.created_at} />
        {by && by !== token.owner?.email && (
          <Email className="text-[0.8125rem]/5 text-muted sm:max-w-28" text={`by ${by}`} />
        )}
      </Td>
      <Td label="Last used">{used ? <RelativeTime at={used} /> : 'Never'}</Td>
      <Td label="Expires" className="sm:whitespace-nowrap">
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
    <>
      <Email className="sm:max-w-44" text={owner.email ?? 'Removed account'} />
      {state === 'disabled' && (
        <span className="block">
          <StatusBadge tone="danger">Disabled</StatusBadge>
        </span>
      )}
    </>
  )
}

/** Truncated to one line in a table; whole in a card. */
function Email({ className, text }: { className: string; text: string }) {
  return (
    <span className={clsx('block wrap-anywhere sm:truncate', className)} title={text}>
      {text}
    </span>
  )
}

function Expiry({ token: { expires_at: at, state } }: { token: ApiToken }) {
  if (at === null) return 'Never'
  if (state === 'expired') return <StatusBadge tone="danger">Expired</StatusBadge>
  return (
    // The server's time zone may differ from the browser's, and so the text.
    <time dateTime={at} suppressHydrationWarning>
      {DATE.format(new Date(at))}
    </time>
  )
}

function Actions({ token, onAction }: Props) {
  const isOwner = useMay('people')
  const isOwn = token.owner?.id === useOwnAccount()
  const disabledReason = isOwner || isOwn ? undefined : NOT_YOURS
  const revoke: MenuItem = {
    label: 'Revoke',
    tone: 'danger',
    changes: true,
    disabledReason: token.from_settings ? FROM_SETTINGS : undefined,
    onSelect: () => onAction({ what: 'revoke', token }),
  }
  const changes: MenuItem[] = [
    {
      label: 'Edit',
      changes: true,
      disabledReason,
      onSelect: () => onAction({ what: 'edit', token }),
    },
    {
      label: 'Hand over',
      changes: true,
      disabledReason: isOwner ? undefined : OWNERS_ONLY,
      onSelect: () => onAction({ what: 'hand over', token }),
    },
  ]
  // One disabled action shows the reason; three would repeat it.
  const items = token.from_settings ? [revoke] : [...changes, revoke]
  return <Menu label={`Actions for ${token.name}`} items={items} />
}
