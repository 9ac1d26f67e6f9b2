import { Tbody, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import type { Traffic } from '#lib/core/traffic.ts'
import { bytesInWords } from './bytes-text.ts'
import { RANGE_NAMES, rowTime } from './time-text.ts'
import { countWords, durationWords, stepTimes } from './traffic-series.ts'

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

/** The numbers of one row, in the columns' order; null where there is none. */
function cells(traffic: Traffic, index: number): (string | null)[] {
  const words = (column: readonly (number | null)[] = [], format = countWords) => {
    const value = column[index] ?? null
    return value === null ? null : format(value)
  }
  return [
    words(traffic.connections),
    words(traffic.connections_open),
    words(traffic.requests),
    words(traffic.latency_p50, durationWords),
    words(traffic.latency_p95, durationWords),
    words(traffic.latency_p99, durationWords),
    words(traffic.responses[3]),
    words(traffic.responses[4]),
    words(traffic.connect_failures),
    words(traffic.aborted),
    words(traffic.bytes_in, bytesInWords),
    words(traffic.bytes_out, bytesInWords),
  ]
}

/** The numbers of the charts in rows of longer steps, the latest first. */
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
