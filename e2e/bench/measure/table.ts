import type { Goal, Row } from './row.ts'
import type { Spread } from './statistics.ts'

const HEADINGS = [
  'work',
  'measure',
  'Fairlead',
  'HAProxy',
  'nginx',
  '× HAProxy (spread)',
  '× nginx (spread)',
  'to reach / aim',
  '',
]

/** The rows as an aligned Markdown table. */
export function markdownTable(rows: Row[]): string {
  const lines = [HEADINGS, ...rows.map(cells)]
  const widths = HEADINGS.map((_, column) =>
    Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)),
  )
  const draw = (line: string[]) =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = draw(widths.map((width) => '-'.repeat(width)))
  return [draw(HEADINGS), rule, ...rows.map((row) => draw(cells(row)))].join('\n')
}

function cells({ work, measure, decimals, figures, ratios, goal }: Row): string[] {
  const figure = (spread: Spread | undefined) => spread?.median.toFixed(decimals) ?? '–'
  return [
    work,
    measure,
    figure(figures.fairlead),
    figure(figures.haproxy),
    figure(figures.nginx),
    ratioCell(ratios.haproxy),
    ratioCell(ratios.nginx),
    goal ? `${goal.better === 'higher' ? '≥' : '≤'} ${goal.reach} / ${goal.aim}` : '',
    goal ? verdict(goal, (goal.of === 'ratio' ? ratios.haproxy : figures.fairlead)?.median) : '',
  ]
}

function ratioCell(spread: Spread | undefined): string {
  if (!spread) return '–'
  const { median, least, most } = spread
  return `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`
}

function verdict({ better, reach, aim }: Goal, value = Number.NaN): string {
  const meets = (bar: number) => (better === 'higher' ? value >= bar : value <= bar)
  if (meets(aim)) return 'aim reached'
  return meets(reach) ? 'reached' : 'missed'
}
