import type { HistoryFilter } from '#lib/client/change-queries.ts'

type Parameters = Record<string, string | string[] | undefined>

/** The filter that the address's query names. */
export function historyFilterOf({ rule, actor }: Parameters): HistoryFilter {
  return {
    rule: typeof rule === 'string' ? rule : '',
    actor: typeof actor === 'string' ? actor : '',
  }
}
