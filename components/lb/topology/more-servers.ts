import type { BackendPart, Part } from './topology-model.ts'

/** The box for the servers of a backend that are not shown; empty where all are. */
export function hiddenServersPart({ key, more, href }: BackendPart): Part[] {
  if (more === 0) return []
  const part = {
    key: `${key}/more`,
    title: `${more} more`,
    detail: 'Servers',
    tone: 'neutral',
  } as const
  return [href === undefined ? part : { ...part, href }]
}
