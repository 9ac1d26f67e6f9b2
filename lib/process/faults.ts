/**
 * Fault containment: an exception in a callback of the event loop would end the process and all of its connections. Every
 * such callback is wrapped by `contain` or `detach`, so that only its own work fails. `boundaries.test.ts` finds callbacks that are not.
 */

/** Kinds of callback: the log's field `boundary` and the label of `fairlead_node_faults_total`. */
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

/** Faults of one boundary since the process started. */
export type FaultCount = {
  boundary: Boundary
  total: number
  /** Time of the last one, RFC 3339. */
  last_at: string
  /** Message of the last one. One line. */
  words: string
}

export type FaultReporter = (fault: unknown, count: FaultCount) => void

/** The default: rethrows the fault uncaught, so that tests don't miss it. */
const fatal: FaultReporter = (fault) =>
  queueMicrotask(() => {
    throw fault
  })

/** The maximum length of a fault's message in reports and on screens. Characters. */
const MESSAGE_MAX = 200

type State = { counts: Map<Boundary, FaultCount>; reporter: FaultReporter }
const KEY = Symbol.for('fairlead.faults')
const shared = globalThis as { [KEY]?: State }

/** Shared by all copies of this module in a process: the console's bundles contain several. */
function state(): State {
  shared[KEY] ??= { counts: new Map(), reporter: fatal }
  return shared[KEY]
}

/** Sets the function that reports faults. If it is null, faults are fatal. */
export function onFault(report: FaultReporter | null): void {
  state().reporter = report ?? fatal
}

/** Counts and reports a fault. The caller closes the connection, request or check that failed. */
export function reportFault(fault: unknown, boundary: Boundary = 'connection'): void {
  const { counts, reporter } = state()
  const total = (counts.get(boundary)?.total ?? 0) + 1
  const count = {
    boundary,
    total,
    last_at: new Date().toISOString(),
    words: faultMessage(fault),
  }
  counts.set(boundary, count)
  reporter(fault, count)
}

/** All faults of this process, by boundary. */
export function faultCounts(): FaultCount[] {
  return [...state().counts.values()]
}

/** A fault's message as one line of at most 200 characters, for reports and screens. The stack is in the log. */
export function faultMessage(fault: unknown): string {
  const message = fault instanceof Error ? fault.message || fault.name : String(fault)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a message may contain any character.
  return message.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, MESSAGE_MAX)
}

/**
 * Wraps a callback for the event loop, so that it never throws.
 * @param fail closes the connection, request or check of the callback; called with the fault and the callback's arguments
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
 * Runs async work without awaiting it.
 * @param fail closes the connection, request or check of the work; called if it rejects
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

/** Calls `act` for each member. A fault of one doesn't affect the others. */
export function forEachContained<Member>(
  boundary: Boundary,
  members: Iterable<Member>,
  act: (member: Member) => unknown,
  fail: (fault: unknown, member: Member) => unknown = () => {},
): void {
  const contained = contain(boundary, act, fail)
  for (const member of members) contained(member)
}
