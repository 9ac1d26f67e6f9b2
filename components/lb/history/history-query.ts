import { type Parameters, text } from '#components/ui/url-state.ts'
import type { HistoryFilter } from '#lib/client/change-queries.ts'

/** The history's filter in the URL. */
export const HISTORY_PARAMETERS: Parameters<HistoryFilter> = { rule: text, actor: text }
