/**
 * Prometheus' text format, version 0.0.4 (prometheus.io, "Exposition formats"). Written here rather than by a client
 * library: those count by themselves, and what is counted here comes from other processes.
 */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** One number. `suffix` is for the parts of histograms and summaries; `labels` as `labelText` makes them. */
export type Sample = { suffix?: '_bucket' | '_sum' | '_count'; labels: string; value: number }

/** All that is told under one name. */
export type Family = {
  name: string
  type: 'counter' | 'gauge' | 'histogram' | 'summary'
  /** A sentence without its full stop. */
  help: string
  samples: Sample[]
}

/** Samples that are written at once. */
const SAMPLES_MAX = 5000

/** A family's lines, some thousands at a time; nothing where it has no samples. */
export function* familyText({ name, type, help, samples }: Family): Generator<string> {
  for (let at = 0; at < samples.length; at += SAMPLES_MAX) {
    const lines = samples
      .slice(at, at + SAMPLES_MAX)
      .map(({ suffix = '', labels, value }) => `${name}${suffix}{${labels}} ${valueText(value)}\n`)
    const head = at === 0 ? `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n` : ''
    yield head + lines.join('')
  }
}

/** Labels as they stand between the braces. */
export function labelText(labels: Record<string, string | number>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeValue(String(value))}"`)
    .join(',')
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function valueText(value: number): string {
  return value === Number.POSITIVE_INFINITY ? '+Inf' : String(value)
}
