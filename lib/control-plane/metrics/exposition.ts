/**
 * Prometheus' text format, version 0.0.4 (prometheus.io, "Exposition formats"). Client libraries keep their own counters, but these
 * counters come from other processes.
 */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** One sample. `suffix` is for histograms and summaries; `labels` is the result of `labelText`. */
export type Sample = { suffix?: '_bucket' | '_sum' | '_count'; labels: string; value: number }

/** All samples of one metric. */
export type Family = {
  name: string
  type: 'counter' | 'gauge' | 'histogram' | 'summary'
  /** A sentence without its full stop. */
  help: string
  samples: Sample[]
}

/** Samples per chunk of text. */
const SAMPLES_MAX = 5000

/** The lines of a family in chunks; none without samples. */
export function* familyText({ name, type, help, samples }: Family): Generator<string> {
  for (let at = 0; at < samples.length; at += SAMPLES_MAX) {
    const lines = samples
      .slice(at, at + SAMPLES_MAX)
      .map(({ suffix = '', labels, value }) => `${name}${suffix}{${labels}} ${valueText(value)}\n`)
    const head = at === 0 ? `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n` : ''
    yield head + lines.join('')
  }
}

/** The text between the braces. */
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
