import { Tbody, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import type { Traffic } from '#lib/core/traffic.ts'
import { bytesText } from './bytes-text.ts'
import { RANGE_NAMES, rowTime } from './time-text.ts'
import { countText, durationText, stepTimes } from './traffic-series.ts'

const COLUMNS = [
  'Connections',
  'Most open',
  'Requests',
  'p50',
  'p95',
  'p99',
  'Answers 4xx',
  'Answers 5xx',
  'No connection',
  'Broken off',
  'Received',
  'Sent',
] as const

/** The values of a row in the order of the columns; null for none. */
function cells(traffic: Traffic, index: number): (string | null)[] {
  const text = (column: readonly (number | null)[] = [], format = countText) => {
    const value = column[index] ?? null
    return value === null ? null : format(value)
  }
  return [
    text(traffic.connections),
    text(traffic.connections_open),
    text(traffic.requests),
    text(traffic.latency_p50, durationText),
    text(traffic.latency_p95, durationText),
    text(traffic.latency_p99, durationText),
    text(traffic.responses[3]),
    text(traffic.responses[4]),
    text(traffic.connect_failures),
    text(traffic.aborted),
    text(traffic.bytes_in, bytesText),
    text(traffic.bytes_out, bytesText),
  ]
}

/** The values of the charts as a table with longer steps, latest first. */
export function TrafficTable({ traffic }: { traffic: Traffic }) {
  const name = `Traffic, ${RANGE_NAMES[traffic.range].toLowerCase()}`
  const rows = stepTimes(traffic).map((at, index) => ({ at, cells: cells(traffic, index) }))
  return (
    <section
      aria-label={name}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard has to reach that.
      tabIndex={0}
      className="max-h-[28rem] overflow-auto rounded-card border border-border"
    >
      <table className="w-full border-collapse text-right text-[0.8125rem] whitespace-nowrap [&_:is(th,td)]:px-3 [&_:is(th,td)]:first:text-left">
        <caption className="sr-only">{name}</caption>
        <Thead>
          <Th>Time</Th>
          {COLUMNS.map((column) => (
            <Th key={column}>{column}</Th>
          ))}
        </Thead>
        <Tbody>
          {rows.reverse().map((row) => (
            <Tr key={row.at}>
              <th scope="row" className="h-8 font-normal text-muted">
                {rowTime[traffic.range](row.at)}
              </th>
              {row.cells[0] === null ? (
                <td colSpan={COLUMNS.length} className="text-left! text-muted">
                  Not known: no node could report.
                </td>
              ) : (
                row.cells.map((cell, index) => <Td key={COLUMNS[index]}>{cell ?? '–'}</Td>)
              )}
            </Tr>
          ))}
        </Tbody>
      </table>
    </section>
  )
}
