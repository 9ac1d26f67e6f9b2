import type { Change, ChangeList } from '#lib/core/change.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-reads.ts'
import type { Read } from './read.ts'

/** How far back a rule's last change is looked for. */
const LOOK_BACK = 100

/** The newest change of one rule of a load balancer; null where it is long ago. */
export function lastChangeOf(lbId: string, ruleId: string): Read<Change | null> {
  return {
    queryKey: [...LBS_KEY, lbId, 'last-change', ruleId],
    read: async (get) => {
      const { changes } = await get<ChangeList>(apiPath.changes(lbId, { page_size: LOOK_BACK }))
      return changes.find(({ resource }) => resource.id === ruleId) ?? null
    },
  }
}
