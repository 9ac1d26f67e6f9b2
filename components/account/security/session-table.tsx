import { toast } from 'sonner'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { RowHeader, Table, Tbody, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { useEndOtherSessions, useEndSession } from '#lib/client/session-mutations.ts'
import type { Session } from '#lib/core/session.ts'
import { agentText } from './agent-text.ts'

const endedText = (count: number) =>
  count === 1 ? 'One session has ended.' : `${count} sessions have ended.`

/** The account's sessions. Each except the current one can be ended. */
export function SessionTable({ sessions }: { sessions: Session[] }) {
  const end = useEndSession()
  const endOthers = useEndOtherSessions()
  const error = end.error ?? endOthers.error
  const endAll = () =>
    endOthers.mutate(undefined, {
      onSuccess: ({ ended }) => void toast.success(endedText(ended)),
    })
  return (
    <Card
      title="Sessions"
      actions={
        sessions.length > 1 && (
          <Button size="small" loading={endOthers.isPending} onClick={endAll}>
            End all others
          </Button>
        )
      }
    >
      {error && <Alert tone="danger">{errorMessage(error)}</Alert>}
      <Table name="Sessions">
        <Thead>
          <Th>Logged in with</Th>
          <Th>From</Th>
          <Th>Last used</Th>
          <Th>Since</Th>
          <Th actions />
        </Thead>
        <Tbody>
          {sessions.map((session) => (
            <SessionRow
              key={session.id}
              session={session}
              ending={end.isPending && end.variables === session.id}
              onEnd={() => end.mutate(session.id)}
            />
          ))}
        </Tbody>
      </Table>
    </Card>
  )
}

type RowProps = { session: Session; ending: boolean; onEnd: () => void }

function SessionRow({ session, ending, onEnd }: RowProps) {
  const { current, user_agent: agent, address } = session
  const text = agentText(agent)
  return (
    <Tr>
      <RowHeader>
        <span className="flex flex-wrap items-center gap-x-2" title={agent ?? undefined}>
          {text}
          {current && <StatusBadge tone="ok">This one</StatusBadge>}
        </span>
      </RowHeader>
      <Td label="From">
        {address === null ? 'Not known' : <Code className="whitespace-nowrap">{address}</Code>}
      </Td>
      <Td label="Last used">{current ? 'Now' : <RelativeTime at={session.last_used_at} />}</Td>
      <Td label="Since">
        <RelativeTime at={session.created_at} />
      </Td>
      <Td actions>
        {!current && (
          <Button
            size="small"
            loading={ending}
            aria-label={`End ${text}${address === null ? '' : `, ${address}`}`}
            onClick={onEnd}
          >
            End
          </Button>
        )}
      </Td>
    </Tr>
  )
}
