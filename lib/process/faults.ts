/**
 * Fault containment: an exception in a callback of the event loop would end the process, and with it everybody's
 * connections. Every callback that the event loop calls goes through here, and fails alone. `boundaries.test.ts` finds
 * one that does not.
 */

/** What a callback is for: the log's field `boundary` and the label of `fairlead_node_faults_total`. */
export const BOUNDARIES = [
  'access log',
  'audit',
  'bandwidth limit',
  'configuration',
  'configuration stream',
  'connection',
  'connection rate limit',
  'console request',
  'deadline',
  'draft check',
  'failover report',
  'health check',
  'heartbeat',
  'last good configuration',
  'listening port',
  'maintenance',
  'memory',
  'notification',
  'process',
  'report',
  'rules',
  'stop',
  'supervisor',
  'supervisor message',
  'takeover',
  'traffic history',
  'uncaught',
] as const
export type Boundary = (typeof BOUNDARIES)[number]

/** Faults of one boundary since the process began. */
export type FaultCount = {
  boundary: Boundary
  total: number
  /** When the last one was, RFC 3339. */
  last_at: string
  /** What it said, one line. */
  words: string
}

export type FaultReporter = (fault: unknown, count: FaultCount) => void

/** Without a reporter a fault ends the process, as it would without containment: tests must not miss one. */
const fatal: FaultReporter = (fault) =>
  queueMicrotask(() => {
    throw fault
  })

/** Characters of a fault's message that screens and reports show. */
const WORDS_MAX = 200

type State = { counts: Map<Boundary, FaultCount>; reporter: FaultReporter }
const KEY = Symbol.for('fairlead.faults')
const shared = globalThis as { [KEY]?: State }

/** Of the process: the console's bundles hold copies of this module. */
function state(): State {
  shared[KEY] ??= { counts: new Map(), reporter: fatal }
  return shared[KEY]
}

/** Where faults are reported from now on; null for nowhere, which makes them fatal. */
export function onFault(report: FaultReporter | null): void {
  state().reporter = report ?? fatal
}

/** Counts a fault and reports it. The caller ends what it happened to, and nothing else. */
export function reportFault(fault: unknown, boundary: Boundary = 'connection'): void {
  const { counts, reporter } = state()
  const total = (counts.get(boundary)?.total ?? 0) + 1
  const count = {
    boundary,
    total,
    last_at: new Date().toISOString(),
    words: wordsOfFault(fault),
  }
  counts.set(boundary, count)
  reporter(fault, count)
}

/** What has failed in this process so far, by boundary. */
export function faultCounts(): FaultCount[] {
  return [...state().counts.values()]
}

/** A fault's message as one line of at most 200 characters, for reports and screens. The stack is in the log. */
export function wordsOfFault(fault: unknown): string {
  const message = fault instanceof Error ? fault.message || fault.name : String(fault)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a fault says may hold any character.
  return message.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, WORDS_MAX)
}

/**
 * A callback for the event loop that throws nothing.
 * @param fail ends what the callback is for, where it threw; given the fault and the callback's arguments
 */
export function contain<Args extends unknown[]>(
  boundary: Boundary,
  callback: (...args: Args) => unknown,
  fail: (fault: unknown, ...args: Args) => unknown = () => {},
): (...args: Args) => void {
  return (...args) => {
    try {
      callback(...args)
    } catch (fault) {
      reportFault(fault, boundary)
      try {
        fail(fault, ...args)
      } catch (another) {
        reportFault(another, boundary)
      }
    }
  }
}

/**
 * Runs a promise that nobody awaits.
 * @param fail ends what the work is for, where it rejected
 */
export function detach(
  boundary: Boundary,
  work: () => Promise<unknown>,
  fail: (fault: unknown) => unknown = () => {},
): void {
  void runDetached(boundary, work, fail)
}

async function runDetached(
  boundary: Boundary,
  work: () => Promise<unknown>,
  fail: (fault: unknown) => unknown,
): Promise<void> {
  try {
    await work()
  } catch (fault) {
    reportFault(fault, boundary)
    contain(boundary, fail)(fault)
  }
}

/**
 * Does something for each of many that have nothing to do with each other: where it throws for one, the others get
 * their turn all the same.
 */
export function forEachContained<Member>(
  boundary: Boundary,
  members: Iterable<Member>,
  act: (member: Member) => unknown,
  fail: (fault: unknown, member: Member) => unknown = () => {},
): void {
  const contained = contain(boundary, act, fail)
  for (const member of members) contained(member)
}
