import { KEPT } from './fence-ruleset.ts'
import { addElements, removeElements } from './nft-text.ts'

/** `KEPT` in milliseconds. */
const KEPT_MS = 3_600_000
/** The kernel's timeouts and this process's clock may differ. Milliseconds. */
const TOLERANCE_MS = 1000

/** The sets of addresses whose elements stay for `KEPT`, and that only the helper changes. */
export const ADDRESS_SETS = ['arriving', 'leaving', 'elsewhere', 'tracked'] as const
type SetName = (typeof ADDRESS_SETS)[number]

/** A change of several sets. The timeouts of addresses that are put into one begin anew. */
export type SetChange = { set: SetName; put?: readonly string[]; remove?: readonly string[] }

/**
 * What the kernel has in its sets of addresses. So a switchover lists none of them, which takes longer the more addresses there are, and
 * names only elements that are there.
 */
export class AddressSets {
  /** When each address was put into a set, of `performance.now()`. */
  readonly #putAt = new Map<SetName, Map<string, number>>(
    ADDRESS_SETS.map((set) => [set, new Map()]),
  )

  /** Begins with what the kernel has. @param elements each address, and how long it stays */
  load(set: SetName, elements: readonly (readonly [address: string, leftMs: number])[]): void {
    const former = performance.now() - KEPT_MS
    this.#putAt.set(set, new Map(elements.map(([address, leftMs]) => [address, former + leftMs])))
  }

  /** The kernel's sets are empty. */
  clear(): void {
    for (const members of this.#putAt.values()) members.clear()
  }

  /** Whether an address is in a set for certain. */
  has(set: SetName, address: string): boolean {
    return this.#ageMs(set, address) < KEPT_MS - TOLERANCE_MS
  }

  /** Whether an address may be in a set. */
  mayHave(set: SetName, address: string): boolean {
    return this.#ageMs(set, address) < KEPT_MS + TOLERANCE_MS
  }

  /** The commands that carry changes out. Call `note` when the kernel has. */
  commands(changes: readonly SetChange[]): string[] {
    return changes.flatMap(({ set, put = [], remove = [] }) => {
      const present = [...put, ...remove].filter((address) => this.mayHave(set, address))
      const elements = put.map((address) => `${address} timeout ${KEPT}`)
      return [...removeElements(set, present), ...addElements(set, elements)]
    })
  }

  note(changes: readonly SetChange[]): void {
    const now = performance.now()
    for (const { set, put = [], remove = [] } of changes) {
      for (const address of remove) this.#putAt.get(set)?.delete(address)
      for (const address of put) this.#putAt.get(set)?.set(address, now)
    }
  }

  #ageMs(set: SetName, address: string): number {
    const putAt = this.#putAt.get(set)?.get(address)
    return putAt === undefined ? Number.POSITIVE_INFINITY : performance.now() - putAt
  }
}
