import type { StatusTone } from '#components/ui/status-badge.tsx'
import type { CheckedServer, DraftCheck } from '#lib/core/draft-check.ts'
import type { Cluster } from '#lib/core/locality.ts'

/** The result of a health check of one server. */
export type CheckResult = {
  tone: StatusTone
  /** "Answers, 3 ms", "Refuses". */
  state: string
  /** "HTTP 200", "connection refused"; null where the state is enough. */
  reason: string | null
}

/** A tested server, with the results of the nodes. */
export type TestedServer = {
  address: string
  /** Whether the check passed on every node that ran it. */
  passed: boolean
  /** One result without a cluster where the nodes agree; otherwise each node's. */
  results: { cluster: Cluster | null; result: CheckResult }[]
}

function downState(reason: string): string {
  if (reason === 'connection refused') return 'Refuses'
  return isTimeout(reason) ? 'No answer' : 'Fails'
}

const isTimeout = (reason: string) => /^(timed out|no answer)/.test(reason)

/** The result of a check. A latency below a millisecond is shown as one. */
export function resultOf({ up, reason, latency_ms: latency }: CheckedServer): CheckResult {
  if (!up) return { tone: 'danger', state: downState(reason), reason }
  const state = `Answers, ${Math.max(1, Math.round(latency))} ms`
  return { tone: 'ok', state, reason: reason === 'connected' ? null : reason }
}

type View = { cluster: Cluster; server: CheckedServer }

/** The tested servers in the order of the request. */
export function testedServers({ instances }: DraftCheck): TestedServer[] {
  const views = new Map<string, View[]>()
  for (const { cluster, servers } of instances) {
    for (const server of servers) {
      views.set(server.address, [...(views.get(server.address) ?? []), { cluster, server }])
    }
  }
  return [...views].map(([address, own]) => ({
    address,
    passed: own.every(({ server }) => server.up),
    results: resultsOf(own),
  }))
}

function resultsOf(views: View[]): TestedServer['results'] {
  const outcomes = new Set(views.map(({ server }) => `${server.up} ${server.reason}`))
  if (outcomes.size > 1) {
    return views.map(({ cluster, server }) => ({ cluster, result: resultOf(server) }))
  }
  const slowest = views.map(({ server }) => server).toSorted((x, y) => y.latency_ms - x.latency_ms)
  return slowest.slice(0, 1).map((server) => ({ cluster: null, result: resultOf(server) }))
}

/** Why nodes could not run the check. */
export function testProblems({ instances }: DraftCheck): string[] {
  return instances.flatMap(({ problem }) => problem ?? [])
}

export type Summary = { tone: StatusTone; text: string }

/** A summary: "2 of 3 servers answer". */
export function summaryOf(check: DraftCheck): Summary {
  const servers = testedServers(check)
  if (servers.length === 0) return { tone: 'warn', text: 'Not tested' }
  const answering = servers.filter(({ passed }) => passed).length
  if (answering === servers.length) {
    const text = answering === 1 ? 'The server answers' : `All ${answering} servers answer`
    return { tone: testProblems(check).length > 0 ? 'warn' : 'ok', text }
  }
  const verb = answering === 1 || servers.length === 1 ? 'answers' : 'answer'
  const text = `${answering} of ${servers.length} server${servers.length === 1 ? '' : 's'} ${verb}`
  return { tone: 'danger', text: hasWrongAnswer(check) ? `${text} as expected` : text }
}

/** Whether any server gave a wrong answer. */
function hasWrongAnswer({ instances }: DraftCheck): boolean {
  return instances.some(({ servers }) =>
    servers.some(({ up, reason }) => !up && downState(reason) === 'Fails'),
  )
}

/** The servers as they are, or where there are more than `few`, failed ones first. */
export function failedFirst(servers: TestedServer[], few: number): TestedServer[] {
  if (servers.length <= few) return servers
  return servers.toSorted((x, y) => Number(x.passed) - Number(y.passed))
}
