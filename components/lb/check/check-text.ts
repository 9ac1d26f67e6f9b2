import type { StatusTone } from '#components/ui/status-badge.tsx'
import type { CheckedServer, DraftCheck } from '#lib/core/draft-check.ts'
import type { Cluster } from '#lib/core/locality.ts'

/** What a check of a server found, for people. */
export type Finding = {
  tone: StatusTone
  /** "Answers, 3 ms", "Refuses". */
  state: string
  /** "HTTP 200", "connection refused"; null where the state says it all. */
  reason: string | null
}

/** A server, as the nodes found it. */
export type TestedServer = {
  address: string
  /** Whether every node that checked it found it well. */
  passed: boolean
  /** One finding without a cluster where the nodes agree, else each node's. */
  findings: { cluster: Cluster | null; finding: Finding }[]
}

function downState(reason: string): string {
  if (reason === 'connection refused') return 'Refuses'
  return isSilence(reason) ? 'No answer' : 'Fails'
}

const isSilence = (reason: string) => /^(timed out|no answer)/.test(reason)

/** What the check of a server found; what takes less than a millisecond is said as one. */
export function findingOf({ up, reason, latency_ms: latency }: CheckedServer): Finding {
  if (!up) return { tone: 'danger', state: downState(reason), reason }
  const state = `Answers, ${Math.max(1, Math.round(latency))} ms`
  return { tone: 'ok', state, reason: reason === 'connected' ? null : reason }
}

type View = { cluster: Cluster; server: CheckedServer }

/** Each server once, in the order of the request. */
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
    findings: findingsOf(own),
  }))
}

function findingsOf(views: View[]): TestedServer['findings'] {
  const outcomes = new Set(views.map(({ server }) => `${server.up} ${server.reason}`))
  if (outcomes.size > 1) {
    return views.map(({ cluster, server }) => ({ cluster, finding: findingOf(server) }))
  }
  const slowest = views.map(({ server }) => server).toSorted((x, y) => y.latency_ms - x.latency_ms)
  return slowest.slice(0, 1).map((server) => ({ cluster: null, finding: findingOf(server) }))
}

/** Why nodes could not check. */
export function testProblems({ instances }: DraftCheck): string[] {
  return instances.flatMap(({ problem }) => problem ?? [])
}

export type Summary = { tone: StatusTone; words: string }

/** The outcome in a line: "2 of 3 servers answer". */
export function summaryOf(check: DraftCheck): Summary {
  const servers = testedServers(check)
  if (servers.length === 0) return { tone: 'warn', words: 'Not tested' }
  const answering = servers.filter(({ passed }) => passed).length
  if (answering === servers.length) {
    const words = answering === 1 ? 'The server answers' : `All ${answering} servers answer`
    return { tone: testProblems(check).length > 0 ? 'warn' : 'ok', words }
  }
  const verb = answering === 1 || servers.length === 1 ? 'answers' : 'answer'
  const words = `${answering} of ${servers.length} server${servers.length === 1 ? '' : 's'} ${verb}`
  return { tone: 'danger', words: hasWrongAnswer(check) ? `${words} as expected` : words }
}

/** Whether any server answered, but not as it should. */
function hasWrongAnswer({ instances }: DraftCheck): boolean {
  return instances.some(({ servers }) =>
    servers.some(({ up, reason }) => !up && downState(reason) === 'Fails'),
  )
}

/** Those that are shown first: all where they are few, else those with trouble before the others. */
export function inOrderOfTrouble(servers: TestedServer[], few: number): TestedServer[] {
  if (servers.length <= few) return servers
  return servers.toSorted((x, y) => Number(x.passed) - Number(y.passed))
}
