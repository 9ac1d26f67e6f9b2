import { onePerLine } from './typed-text.ts'

type Leaf = string | boolean
export type Values = { [field: string]: Leaf | Values }

/** An input whose value the form and the current version have changed differently. `path`: "check.uri" */
export type Conflict = { path: string; mine: Leaf; current: Leaf }

/** The values by path, with those of nested objects. */
export function leavesOf(values: Values, prefix = ''): Map<string, Leaf> {
  const leaves = Object.entries(values).flatMap(([field, value]) =>
    typeof value === 'object'
      ? [...leavesOf(value, `${prefix}${field}.`)]
      : [[`${prefix}${field}`, value] as const],
  )
  return new Map(leaves)
}

const linesOf = (text: Leaf) => onePerLine(String(text)).split('\n')

/** Merges lists line by line: additions and removals of both sides apply. */
function mergeLines(base: Leaf, mine: Leaf, current: Leaf): string {
  const [before, after] = [linesOf(base), linesOf(mine)]
  const removed = before.filter((line) => !after.includes(line))
  const added = after.filter((line) => !before.includes(line))
  const kept = linesOf(current).filter((line) => !removed.includes(line))
  return [...new Set([...kept, ...added])].filter((line) => line !== '').join('\n')
}

/** Inputs that hold a list of addresses. */
const LISTS = ['servers']

/**
 * A three-way merge. A value that only one side changed is taken from that side. Where both changed it, `mine` wins and the
 * conflict is returned.
 * @returns the values that differ from `current`, by path, and the conflicts
 */
export function mergeValues(
  base: Values,
  mine: Values,
  current: Values,
): { changed: Map<string, Leaf>; conflicts: Conflict[] } {
  const [baseLeaves, currentLeaves] = [leavesOf(base), leavesOf(current)]
  const changed = new Map<string, Leaf>()
  const conflicts: Conflict[] = []
  for (const [path, own] of leavesOf(mine)) {
    const before = baseLeaves.get(path) ?? ''
    const now = currentLeaves.get(path) ?? ''
    if (own === before || own === now) continue
    if (LISTS.includes(path)) {
      const merged = mergeLines(before, own, now)
      if (merged !== now) changed.set(path, merged)
      continue
    }
    changed.set(path, own)
    if (now !== before) conflicts.push({ path, mine: own, current: now })
  }
  return { changed, conflicts }
}
