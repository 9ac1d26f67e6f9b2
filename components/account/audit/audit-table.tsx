import { ClockTime } from '#components/ui/clock-time.tsx'
import { Code } from '#components/ui/code.tsx'
import { Disclosure } from '#components/ui/disclosure.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { RowHeader, Table, Tbody, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import type { AuditLine } from '#lib/core/audit.ts'
import { actorText, detailLines, detailsText, eventText, isDenial } from './audit-text.ts'

/** Lines of the audit log, newest first. */
export function AuditTable({ lines }: { lines: readonly AuditLine[] }) {
  return (
    <Table name="Audit log">
      <Thead>
        <Th>Who</Th>
        <Th>What</Th>
        <Th>From</Th>
        <Th>When</Th>
      </Thead>
      <Tbody>
        {lines.map((line) => (
          <AuditRow key={line.id} line={line} />
        ))}
      </Tbody>
    </Table>
  )
}

function AuditRow({ line }: { line: AuditLine }) {
  const { at, last_at: lastAt, count, address } = line
  return (
    <Tr>
      <RowHeader className="wrap-anywhere">{actorText(line)}</RowHeader>
      <Td label="What" className="wrap-anywhere">
        {isDenial(line) ? (
          <StatusBadge tone="warn">{eventText(line)}</StatusBadge>
        ) : (
          eventText(line)
        )}
        <Details line={line} />
      </Td>
      <Td label="From">
        {address === null ? '–' : <Code className="whitespace-nowrap">{address}</Code>}
      </Td>
      <Td label="When" className="sm:whitespace-nowrap">
        <ClockTime at={at} seconds />
        {count > 1 && (
          <span className="block text-[0.8125rem]/5 text-muted">
            {count} times until <ClockTime at={lastAt} seconds />
          </span>
        )}
      </Td>
    </Tr>
  )
}

/** The object of an event; of a repeated event, each object once. */
function Details({ line: { detail, details, count } }: { line: AuditLine }) {
  if (details.length > 1) {
    return (
      <Disclosure summary={detailsText(details)} className="text-[0.8125rem]/5 text-muted">
        <ul>
          {detailLines(details, count).map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </Disclosure>
    )
  }
  return detail && <span className="block text-[0.8125rem]/5 text-muted">{detail}</span>
}
