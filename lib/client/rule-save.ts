import { type QueryClient, useQuery } from '@tanstack/react-query'

/** The last save of one of a load balancer's rules in this tab. */
export type RuleSave = {
  ruleId: string
  /** "Saved", "Created". */
  verb: string
  /** The load balancer's generation after the save; null if the response doesn't have it. */
  generation: number | null
  /** Milliseconds since the epoch. */
  at: number
  /** On how many nodes it is applied, and after how many milliseconds on the slowest; null until it is on all. */
  applied: { on: number; of: number; afterMs: number } | null
}

const saveKey = (lbId: string) => ['rule-save', lbId] as const

/** Records a save, so that the rule's row can show its progress. */
export function recordSave(
  client: QueryClient,
  lbId: string,
  save: Pick<RuleSave, 'ruleId' | 'verb' | 'generation'>,
): void {
  client.setQueryData<RuleSave>(saveKey(lbId), { ...save, at: Date.now(), applied: null })
}

/** Records that the last save is applied on all nodes. */
export function recordApplied(
  client: QueryClient,
  lbId: string,
  applied: NonNullable<RuleSave['applied']>,
): void {
  client.setQueryData<RuleSave>(saveKey(lbId), (save) => save && { ...save, applied })
}

/** The last save of a load balancer's rules, while this tab is on its pages. */
export function useLastSave(lbId: string): RuleSave | null {
  const { data } = useQuery<RuleSave | null>({
    queryKey: saveKey(lbId),
    queryFn: () => null,
    enabled: false,
  })
  return data ?? null
}
