import { FAILOVER_VERBS } from '#lib/core/change.ts'
import { preconditionFailed } from '../errors.ts'
import type { Reader } from '../store/reader.ts'

/**
 * Checks `If-Match` (RFC 9110 section 13.1.1).
 * @throws ApiError 412 that names the last change if the entity tag isn't current
 */
export async function requireMatch(
  reader: Reader,
  ifMatch: string | null,
  etag: string,
  resourceId: string,
): Promise<void> {
  if (ifMatch === null || ifMatch.trim() === '*') return
  if (ifMatch.split(',').some((tag) => tag.trim() === etag)) return
  const last = await reader
    .selectFrom('changes')
    .select(['actor_name', 'at'])
    .where(({ eb, or }) => or([eb('resource_id', '=', resourceId), eb('lb_id', '=', resourceId)]))
    .where('verb', 'not in', FAILOVER_VERBS)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  const who = last ? `${last.actor_name} changed it at ${last.at}` : 'It has changed'
  throw preconditionFailed('if_match', `${who}, after you loaded it. Load it again and retry.`)
}
