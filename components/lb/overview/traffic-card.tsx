import { Card } from '#components/ui/card.tsx'
import { Definition, DefinitionList } from '#components/ui/definition-list.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { ObservedLb } from '#lib/core/observed.ts'
import { bytesInWords } from './bytes-in-words.ts'
import { totalOf } from './total-counters.ts'

const NUMBER = new Intl.NumberFormat('en')

/** What has passed since the nodes started. */
export function TrafficCard({ observed }: { observed: ObservedLb | undefined }) {
  const counters = (observed?.instances ?? []).flatMap(({ counters }) => counters ?? [])
  const total = totalOf(counters)
  const failed = (total.responses[3] ?? 0) + (total.responses[4] ?? 0)
  return (
    <Card title="Traffic" description="Since the instances started.">
      {observed ? (
        <DefinitionList>
          <Definition term="Open connections">
            {NUMBER.format(total.connections_current)}
          </Definition>
          <Definition term="Connections">{NUMBER.format(total.connections_total)}</Definition>
          <Definition term="HTTP requests">{NUMBER.format(total.requests_total)}</Definition>
          <Definition term="Answers 4xx and 5xx">{NUMBER.format(failed)}</Definition>
          <Definition term="Received from clients">{bytesInWords(total.bytes_in)}</Definition>
          <Definition term="Sent to clients">{bytesInWords(total.bytes_out)}</Definition>
        </DefinitionList>
      ) : (
        <Skeleton className="h-36" />
      )}
    </Card>
  )
}
