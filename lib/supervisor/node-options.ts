/** How the nodes are run. */
export type NodeOptions = {
  /** Worker processes of each node. */
  workers: number
  /** Between two heartbeats of a worker, milliseconds. */
  heartbeatMs: number
  /** How long a worker may be silent before it counts as hung, milliseconds. */
  hungAfterMs: number
  /** After how long a master that is back gets its traffic back by itself, milliseconds; null for never. */
  failbackMs: number | null
}

type Env = Readonly<Record<string, string | undefined>>
type Range = { min: number; max: number }

/** Heartbeats that may be missing before silence counts: fewer would take a hiccup for an end. */
const HEARTBEATS_MIN = 3
const A_DAY_S = 86_400

/**
 * Reads `FAIRLEAD_WORKERS`, `FAIRLEAD_HEARTBEAT_MS`, `FAIRLEAD_HUNG_AFTER_MS` and `FAIRLEAD_FAILBACK_AFTER_S`.
 * @throws Error with the first problem, in one line
 */
export function readNodeOptions(env: Env): NodeOptions {
  const heartbeatMs = readWhole(env, 'FAIRLEAD_HEARTBEAT_MS', 50, { min: 10, max: 1000 })
  const hungAfterMs = readWhole(env, 'FAIRLEAD_HUNG_AFTER_MS', 400, { min: 100, max: 60_000 })
  if (hungAfterMs < heartbeatMs * HEARTBEATS_MIN) {
    throw new Error(
      `FAIRLEAD_HUNG_AFTER_MS (${hungAfterMs}) has to be ${HEARTBEATS_MIN} times FAIRLEAD_HEARTBEAT_MS (${heartbeatMs}) or more.`,
    )
  }
  const range = { min: 1, max: A_DAY_S }
  return {
    workers: readWhole(env, 'FAIRLEAD_WORKERS', 1, { min: 1, max: 64 }),
    heartbeatMs,
    hungAfterMs,
    failbackMs: env.FAIRLEAD_FAILBACK_AFTER_S
      ? readWhole(env, 'FAIRLEAD_FAILBACK_AFTER_S', 0, range) * 1000
      : null,
  }
}

function readWhole(env: Env, name: string, preset: number, { min, max }: Range): number {
  const text = env[name] || String(preset)
  const value = Number(text)
  if (/^\d{1,9}$/.test(text) && value >= min && value <= max) return value
  throw new Error(`${name} has to be a whole number from ${min} to ${max}, not "${text}".`)
}
