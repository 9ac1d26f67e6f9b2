import { LATENCY_BUCKETS, latencyBoundMs } from '#lib/core/latency-buckets.ts'
import type { Counters } from '#lib/core/observed.ts'
import type { Family, Sample } from './exposition.ts'

type Counted<C extends Counters> = { labels: string; counters: C }

/** One family of a number in each part. */
export function familyOf<Told extends { labels: string }>(
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  parts: readonly Told[],
  read: (part: Told) => number | null,
): Family {
  const samples = parts.flatMap((part): Sample[] => {
    const value = read(part)
    return value === null ? [] : [{ labels: part.labels, value }]
  })
  return { name, type, help, samples }
}

/** What frontends, backends and servers all count; `prefix` begins every name, `whose` ends every help. */
export function* countedFamilies(
  prefix: string,
  whose: string,
  parts: readonly Counted<Counters>[],
): Generator<Family> {
  const counter = (name: string, help: string, read: (counters: Counters) => number) =>
    familyOf('counter', `${prefix}_${name}_total`, `${help} ${whose}`, parts, (part) =>
      read(part.counters),
    )
  yield familyOf(
    'gauge',
    `${prefix}_current_connections`,
    `Connections in use ${whose}`,
    parts,
    ({ counters }) => counters.connections_current,
  )
  yield counter('http_requests', 'HTTP requests', (all) => all.requests_total)
  yield {
    name: `${prefix}_http_responses_total`,
    type: 'counter',
    help: `HTTP answers by status class ${whose}`,
    samples: parts.flatMap(({ labels, counters }) =>
      counters.responses.map((value, index) => ({
        labels: `${labels},code="${index + 1}xx"`,
        value,
      })),
    ),
  }
  yield counter('bytes_in', 'Bytes from clients', (all) => all.bytes_in)
  yield counter('bytes_out', 'Bytes to clients', (all) => all.bytes_out)
  yield counter(
    'connection_errors',
    'Connections to servers that could not be opened, each attempt,',
    (all) => all.connect_failures,
  )
  yield counter(
    'proxy_errors',
    "Answers made in a server's place, in TCP mode connections without a server,",
    (all) => all.proxy_errors,
  )
  yield counter('aborted_responses', 'Answers that ended before their end', (all) => all.aborted)
}

const RESPONSE_TIME =
  'Seconds from a complete request to the head of its answer, in TCP mode until a server was connected,'

/** Response times in buckets: every second bound of ours, so that a part has 19 series of them rather than 37. */
export function responseTimes(
  prefix: string,
  whose: string,
  parts: readonly Counted<Counters>[],
): Family {
  return {
    name: `${prefix}_response_time_seconds`,
    type: 'histogram',
    help: `${RESPONSE_TIME} ${whose}`,
    samples: parts.flatMap(({ labels, counters }) => histogram(labels, counters)),
  }
}

/** The same without buckets, for parts of which there are many. */
export function responseTimeSums(
  prefix: string,
  whose: string,
  parts: readonly Counted<Counters>[],
): Family {
  return {
    name: `${prefix}_response_time_seconds`,
    type: 'summary',
    help: `${RESPONSE_TIME} ${whose}`,
    samples: parts.flatMap(({ labels, counters }) => sumAndCount(labels, counters)),
  }
}

function histogram(labels: string, counters: Counters): Sample[] {
  const buckets: Sample[] = []
  let count = 0
  // The last bucket has no bound.
  for (let bucket = 0; bucket < LATENCY_BUCKETS - 1; bucket += 1) {
    count += counters.latency[bucket] ?? 0
    if (bucket % 2 === 1) continue
    const bound = latencyBoundMs(bucket) / 1000
    buckets.push({ suffix: '_bucket', labels: `${labels},le="${bound}"`, value: count })
  }
  buckets.push({ suffix: '_bucket', labels: `${labels},le="+Inf"`, value: total(counters) })
  return [...buckets, ...sumAndCount(labels, counters)]
}

function sumAndCount(labels: string, counters: Counters): Sample[] {
  return [
    { suffix: '_sum', labels, value: counters.latency_sum_ms / 1000 },
    { suffix: '_count', labels, value: total(counters) },
  ]
}

function total({ latency }: Counters): number {
  return latency.reduce((sum, count) => sum + count, 0)
}
