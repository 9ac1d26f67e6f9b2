import type { ObservedLb } from '#lib/core/observed.ts'

/** How far a change has come: "Applied on 2 of 2". */
export function appliedText({ applied_on: on, instances }: ObservedLb): string {
  return `Applied on ${on} of ${instances.length}`
}

/** Which nodes rejected the newest generation, and why: "nl-ams-b: Invalid URL"; null for none. */
export function rejectionText({ instances }: ObservedLb): string | null {
  const all = instances.flatMap(({ node, rejected }) =>
    rejected ? [`${node}: ${rejected.reason}`] : [],
  )
  return all.length > 0 ? all.join('. ') : null
}
