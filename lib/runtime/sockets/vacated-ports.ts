/** Ports that are served until those that are to replace them can be had: the old one by the new. */
export type VacatedPorts = ReadonlyMap<number, number>

type Change = {
  /** What is wanted now. */
  ports: readonly number[]
  /** Frontends whose port is another than before: old and new. */
  moved: readonly (readonly [from: number, to: number])[]
  isServed(port: number): boolean
}

/** What goes on being served after a change. A port that is wanted for itself is nobody's stand-in. */
export function vacatedPorts(
  before: VacatedPorts,
  { ports, moved, isServed }: Change,
): VacatedPorts {
  const after = new Map<number, number>()
  const keep = (to: number, old: number) => {
    if (ports.includes(to) && !ports.includes(old) && isServed(old)) after.set(to, old)
  }
  for (const [to, old] of before) keep(to, old)
  // One that was never had has a stand-in itself, which goes on for its successor.
  for (const [from, to] of moved) keep(to, before.get(from) ?? from)
  return after
}
