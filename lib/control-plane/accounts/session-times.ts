/** A session that is not used for this long ends. */
export const IDLE_SECONDS = 12 * 60 * 60
/** A session ends this long after the log-in, however much it is used. */
export const ABSOLUTE_SECONDS = 7 * 24 * 60 * 60
/** How often use is written down: a session polled every second must not write every second. */
export const REFRESH_SECONDS = 5 * 60

/** When a session ends if it is not used again. */
export function endOf({ createdAt, expiresAt }: { createdAt: string; expiresAt: string }): Date {
  const absolute = Date.parse(createdAt) + ABSOLUTE_SECONDS * 1000
  return new Date(Math.min(Date.parse(expiresAt), absolute))
}
