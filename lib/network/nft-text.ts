import { FENCE_TABLE } from './fence-ruleset.ts'

/** Commands and answers of nft as text: its JSON has whole seconds only. */

export function addElements(set: string, elements: readonly string[]): string[] {
  if (elements.length === 0) return []
  return [`add element ${FENCE_TABLE} ${set} { ${elements.join(', ')} }`]
}

/** Removes elements of a set that may or may not be in it: `delete` fails on an unknown one, `add` doesn't on a known one. */
export function removeElements(set: string, elements: readonly string[]): string[] {
  if (elements.length === 0) return []
  return [
    ...addElements(set, elements),
    `delete element ${FENCE_TABLE} ${set} { ${elements.join(', ')} }`,
  ]
}

/** A key of a map with its value. */
export function mapElement([key, value]: readonly [string, unknown]): string {
  return `${key} : ${value}`
}

/** Removes elements of a map that are in it. */
export function deleteElements(map: string, elements: (readonly [string, unknown])[]): string[] {
  if (elements.length === 0) return []
  return [`delete element ${FENCE_TABLE} ${map} { ${elements.map(mapElement).join(', ')} }`]
}

/**
 * The elements in the output of `list set` or `list map`: key and, in a map, value, or in a set with timeouts the time until it
 * expires.
 */
export function setElements(listing: string): string[][] {
  const [, text = ''] = /elements = \{([^}]*)\}/.exec(listing) ?? []
  return text
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '')
    .map((element) => element.split(/ : | (?:timeout \S+ )?expires | timeout \S+/))
}

/** The chains in the output of `list chains`, each as `FAMILY TABLE CHAIN`. */
export function chainsOf(listing: string): Set<string> {
  const tables = [...listing.matchAll(/^table (\S+ \S+) \{\n(.*?)^\}/gms)]
  return new Set(
    tables.flatMap(([, table, body = '']) =>
      [...body.matchAll(/^\tchain (\S+) \{/gm)].map(([, chain]) => `${table} ${chain}`),
    ),
  )
}

const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** A time as nft writes it: `59s916ms`, `1m`. */
export function milliseconds(text: string): number {
  let total = 0
  for (const [, number, unit = ''] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    total += Number(number) * (UNIT_MS[unit] ?? 0)
  }
  return total
}
