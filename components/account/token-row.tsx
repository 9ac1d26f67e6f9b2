import { Button } from '#components/ui/button.tsx'
import { Code } from '#components/ui/code.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { RowHeader, Td, Tr } from '#components/ui/table.tsx'
import type { ApiToken } from '#lib/core/api-token.ts'
import { hasExpired } from './token-expiry.ts'

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })

const FROM_SETTINGS =
  'It comes from FAIRLEAD_ACCESS_KEY. Take it out of the settings, start again, and then revoke it here.'

function Expiry({ at }: { at: string | null }) {
  if (at === null) return 'Never'
  if (hasExpired(at)) return <StatusBadge tone="danger">Expired</StatusBadge>
  return (
    // The server's time zone is not the reader's, so the first text may differ.
    <time dateTime={at} suppressHydrationWarning>
      {DATE.format(new Date(at))}
    </time>
  )
}

/** An API token as a row. */
export function TokenRow({ token, onRevoke }: { token: ApiToken; onRevoke: () => void }) {
  const { name, access_key: accessKey, created_by: by, last_used_at: used } = token
  return (
    <Tr>
      <RowHeader>{name}</RowHeader>
      <Td label="Access key">
        <span className="-my-1 inline-flex items-center gap-1">
          <Code>{accessKey}</Code>
          <CopyButton text={accessKey} label={`Copy access key of ${name}`} />
        </span>
      </Td>
      <Td label="May">{token.scope === 'full' ? 'Read and change' : 'Read only'}</Td>
      <Td label="Created">
        <RelativeTime at={token.created_at} />
        {by && <span className="block text-[0.8125rem]/5 text-muted">by {by}</span>}
      </Td>
      <Td label="Last used">{used ? <RelativeTime at={used} /> : 'Never'}</Td>
      <Td label="Expires">
        <Expiry at={token.expires_at} />
      </Td>
      <Td actions>
        <Button
          changes
          size="small"
          aria-label={`Revoke ${name}`}
          disabledReason={token.from_settings ? FROM_SETTINGS : undefined}
          onClick={onRevoke}
        >
          Revoke
        </Button>
      </Td>
    </Tr>
  )
}
