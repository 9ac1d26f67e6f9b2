import { type QueryClient, useQuery } from '@tanstack/react-query'

/** The last change of a load balancer's rules from this tab: which rule it was, and what was done. */
export type RuleSave = {
  ruleId: string
  /** "Saved", "Created". */
  verb: string
  /** The load balancer's generation with the change, where the answer told it. */
  generation: number | null
  /** Milliseconds since the epoch. */
  at: number
  /** On how many nodes it is in effect, and after how many milliseconds on the last of them; null until it is. */
  applied: { on: number; of: number; afterMs: number } | null
}

const keyOf = (lbId: string) => ['saved-rule', lbId] as const

/** Notes a change, so that the rule's row can say how far it has come. */
export function recordSave(
  client: QueryClient,
  lbId: string,
  change: Pick<RuleSave, 'ruleId' | 'verb' | 'generation'>,
): void {
  client.setQueryData<RuleSave>(keyOf(lbId), { ...change, at: Date.now(), applied: null })
}

export function recordApplied(
  client: QueryClient,
  lbId: string,
  applied: NonNullable<RuleSave['applied']>,
): void {
  client.setQueryData<RuleSave>(keyOf(lbId), (saved) => saved && { ...saved, applied })
}

/** The last change, for as long as this tab is on the load balancer's pages. */
export function useLastSave(lbId: string): RuleSave | null {
  const { data } = useQuery<RuleSave | null>({
    queryKey: keyOf(lbId),
    queryFn: () => null,
    enabled: false,
  })
  return data ?? null
}
