/** Former ports of frontends that are served until their new ports can be: the old port by the new one. */
export type VacatedPorts = ReadonlyMap<number, number>

type Change = {
  /** The ports of the new configuration. */
  ports: readonly number[]
  /** Frontends with another port than before: old and new. */
  moved: readonly (readonly [from: number, to: number])[]
  isServed(port: number): boolean
}

/** The vacated ports after a change. A port that the new configuration uses is none of them. */
export function vacatedPorts(
  before: VacatedPorts,
  { ports, moved, isServed }: Change,
): VacatedPorts {
  const after = new Map<number, number>()
  const keep = (to: number, old: number) => {
    if (ports.includes(to) && !ports.includes(old) && isServed(old)) after.set(to, old)
  }
  for (const [to, old] of before) keep(to, old)
  // A port that was never served has a vacated port itself, which now stands in for the next one.
  for (const [from, to] of moved) keep(to, before.get(from) ?? from)
  return after
}
