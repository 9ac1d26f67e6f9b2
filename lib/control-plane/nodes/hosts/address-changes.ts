import type { Logger } from 'pino'
import type { RegisteredNode } from '#lib/core/node.ts'
import type { Origin } from '../../authority/actor.ts'
import { Authority } from '../../authority/authority.ts'
import { preconditionFailed } from '../../errors.ts'
import { countStoredOn } from '../../placement/placement-rows.ts'
import type { Placements } from '../../placement/placements.ts'
import { change } from '../../services/change.ts'
import type { Signal } from '../../store/signal.ts'
import type { Store } from '../../store/store.ts'
import type { NodeRegistry } from '../registry/node-registry.ts'

/** A host that is refused tries again every second at least. Milliseconds. */
const REFUSED_MS = 15_000

/** The host itself, by its certificate. */
const HOST = { kind: 'system', id: 'host', name: 'host' } as const

type Needs = {
  store: Store
  commits: Signal
  registry: NodeRegistry
  placements: Pick<Placements, 'countOn' | 'leaving' | 'pairs'>
  log: Logger
}

/**
 * Hosts that come back with another address than they had. The pairs of such a host have to be started again on both sides, which
 * interrupts what its peers serve, so the address is taken over only while no load balancer is on them.
 */
export class AddressChanges {
  readonly #needs: Needs
  readonly #refused = new Map<string, { problem: string; at: number }>()

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /**
   * Takes over the address of a host that connects, if it is another one.
   * @param addresses of its interface now; none if it doesn't say
   * @throws ApiError 412 with the remedy, if that would interrupt traffic
   */
  async check(node: RegisteredNode, addresses: readonly string[], origin: Origin): Promise<void> {
    const [address] = addresses
    if (address === undefined || node.address === null || addresses.includes(node.address)) {
      this.#refused.delete(node.id)
      return
    }
    const problem = this.#problem(node, address)
    if (problem !== null) {
      if (this.problemOf(node) !== problem) this.#needs.log.warn({ node: node.name }, problem)
      this.#refused.set(node.id, { problem, at: performance.now() })
      throw preconditionFailed('resource_still_in_use', problem)
    }
    await this.#takeOver(node, address, origin)
    this.#refused.delete(node.id)
  }

  /** Why a node's host is refused, as two sentences or three; null if it isn't. */
  problemOf({ id }: Pick<RegisteredNode, 'id'>): string | null {
    const refused = this.#refused.get(id)
    return refused && performance.now() - refused.at < REFUSED_MS ? refused.problem : null
  }

  #problem(node: RegisteredNode, address: string): string | null {
    const { registry, placements } = this.#needs
    const has = changedWords(node, address)
    const other = registry.all().find((one) => one.id !== node.id && one.address === address)
    if (other)
      return `${has} That is the address of ${other.name}. Give one of them another address.`
    const pairs = placements.pairs.ofNode(node.id)
    const leaving = pairs.reduce((sum, pair) => sum + placements.leaving(pair).length, 0)
    const count = placements.countOn(node) + leaving
    return count === 0 ? null : `${has} ${placedWords(count)}`
  }

  async #takeOver(node: RegisteredNode, address: string, origin: Origin): Promise<void> {
    const { store, commits, registry, log } = this.#needs
    const ctx = { store, commits, actor: HOST, authority: Authority.system, origin }
    const { id, name, host } = node
    const commit = await change(ctx, async (writer) => {
      // Another control plane may just have placed one there.
      const count = await countStoredOn(writer, node)
      if (count > 0) {
        const problem = `${changedWords(node, address)} ${placedWords(count)}`
        throw preconditionFailed('resource_still_in_use', problem)
      }
      const changed = await registry.changeAddress(writer, id, address)
      const [before, after] = [
        { name, host, address: node.address },
        { name, host, address },
      ]
      return {
        entries: [{ verb: 'update', type: 'node', id, before, after }],
        result: async () => changed,
      }
    })
    commit()
    log.info({ node: name, former: node.address, address }, 'host has another address')
  }
}

const changedWords = ({ name, address: former }: RegisteredNode, address: string) =>
  `The host of ${name} had the address ${former}, and has ${address} now.`

function placedWords(count: number): string {
  const [lbs, them] =
    count === 1 ? ['A load balancer is', 'it'] : [`${count} load balancers are`, 'them']
  return (
    `${lbs} placed on it, and its peers can't follow without an interruption. ` +
    `Give the host its former address again, or move ${them} to other nodes: then it is accepted with the new one.`
  )
}
