import type { Region, Zone } from '#lib/core/locality.ts'

/** What a URL reaches: one zone, or a region with all its zones. */
export type Scope = { region: Region; zone: Zone | null }

/** Whether an object lies in what the URL reaches. */
export function inScope(object: { region: Region; zone: Zone }, scope: Scope): boolean {
  return object.region === scope.region && (scope.zone === null || object.zone === scope.zone)
}
