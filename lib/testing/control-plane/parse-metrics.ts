/** Parsed metrics: each sample's value by name and labels, and each family's type by name. */
export type Metrics = { values: Map<string, number>; types: Map<string, string> }

const NAME = '[a-zA-Z_][a-zA-Z0-9_]*'
const VALUE = String.raw`"(?:[^"\\\n]|\\[\\n"])*"`
const HELP = new RegExp(`^# HELP (${NAME}) (\\S.*)$`)
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary)$`)
const SAMPLE = new RegExp(`^(${NAME})\\{((?:${NAME}=${VALUE}(?:,(?=.)|(?=\\})))*)\\} (\\S+)$`)

/**
 * Parses Prometheus' text format strictly: families are contiguous and start with help and type, samples are unique, histograms are
 * consistent.
 * @throws Error with the line
 */
export function parseMetrics(text: string): Metrics {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const metrics: Metrics = { values: new Map(), types: new Map() }
  const lines = text.slice(0, -1).split('\n')
  for (let index = 0; index < lines.length; ) index = readFamily(lines, index, metrics)
  checkHistograms(metrics)
  return metrics
}

/** @returns the index after the family */
function readFamily(lines: string[], start: number, { values, types }: Metrics): number {
  const { name, type } = readHead(lines[start], lines[start + 1])
  if (types.has(name)) throw new Error(`${name} comes twice`)
  types.set(name, type)
  let index = start + 2
  for (; index < lines.length && !lines[index]?.startsWith('#'); index += 1) {
    const { key, suffix, value } = readSample(lines[index] ?? '', name)
    if (!suffixesOf(type).includes(suffix)) throw new Error(`${key} is no ${type}`)
    if (values.has(key)) throw new Error(`${key} comes twice`)
    values.set(key, value)
  }
  if (index === start + 2) throw new Error(`${name} has no samples`)
  return index
}

function readHead(help = '', typed = ''): { name: string; type: string } {
  const [, named] = HELP.exec(help) ?? []
  const [, name, type] = TYPE.exec(typed) ?? []
  if (!name || name !== named || !type) throw new Error(`no family begins with ${help}`)
  if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${name} is a ${type}`)
  return { name, type }
}

function readSample(line: string, family: string) {
  const [, name = '', labels = '', number = ''] = SAMPLE.exec(line) ?? []
  const value = Number(number)
  if (!name.startsWith(family) || Number.isNaN(value)) throw new Error(`${family}: ${line}`)
  return { key: `${name}{${labels}}`, suffix: name.slice(family.length), value }
}

function suffixesOf(type: string): string[] {
  if (type === 'histogram') return ['_bucket', '_sum', '_count']
  return type === 'summary' ? ['_sum', '_count'] : ['']
}

function checkHistograms({ values, types }: Metrics): void {
  const buckets = new Map<string, { bound: number; count: number }[]>()
  for (const [key, count] of values) {
    const [, name, labels, bound = ''] = /^(\w+)_bucket\{(.*),le="([^"]+)"\}$/.exec(key) ?? []
    if (!name || types.get(name) !== 'histogram') continue
    const of = `${name}_count{${labels}}`
    const number = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound)
    buckets.set(of, [...(buckets.get(of) ?? []), { bound: number, count }])
  }
  for (const [of, all] of buckets) {
    const rises = all.every((one, index) => {
      const before = all[index - 1]
      return !before || (one.bound > before.bound && one.count >= before.count)
    })
    const last = all.at(-1)
    if (!rises || last?.bound !== Number.POSITIVE_INFINITY || last.count !== values.get(of)) {
      throw new Error(`the buckets of ${of} do not add up`)
    }
  }
}
