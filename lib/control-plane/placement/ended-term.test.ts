import { afterEach, expect, test } from 'vitest'
import { SwitchedPair } from '#lib/testing/control-plane/switched-pair.ts'
import { Authority } from '../authority/authority.ts'
import { TermEnded } from '../leadership/term-ended.ts'

let setup: SwitchedPair
afterEach(() => setup.stop())

/** The authority of a leader that is certain for this many orders, and whose writes are refused afterwards. */
function leaderFor(ordersMax: number) {
  let asked = 0
  let ordersAtEnd: number | null = null
  const isCertain = () => {
    asked += 1
    if (asked > ordersMax) ordersAtEnd ??= setup.hosts.orders.length
    return asked <= ordersMax
  }
  const check = async () => {
    if (asked > ordersMax) throw new TermEnded()
  }
  return { authority: Authority.ofLeader(check, isCertain), atEnd: () => ordersAtEnd }
}

test.each([0, 1, 2, 3])(
  'a term that ends after %i orders ends with no further one',
  async (orders) => {
    setup = await SwitchedPair.make(['x', 'y'])
    const { placements, switchovers, hosts } = setup
    const [pair] = placements.pairs.all()
    if (!pair) throw new Error('no pair')
    const { authority, atEnd } = leaderFor(orders)
    // Host b takes over, and then host a again, which takes several orders each.
    const switchBoth = async () => {
      await switchovers.moveTo(pair, 'b', ['x'], authority)
      await switchovers.moveTo(pair, 'a', ['x', 'y'], authority)
    }
    const sent = hosts.orders.length
    await expect(switchBoth()).rejects.toThrow(TermEnded)
    expect(atEnd()).toBe(sent + orders)
    expect(hosts.orders).toHaveLength(sent + orders)
    // The next leader completes what was begun.
    await setup.restart()
    await setup.settled()
  },
)

test('no pairs are sent after the term', async () => {
  setup = await SwitchedPair.make(['x'])
  const sent = setup.hosts.orders.length
  await setup.restart(leaderFor(0).authority)
  await expect(setup.sync.nodesChanged()).rejects.toThrow(TermEnded)
  expect(setup.hosts.orders).toHaveLength(sent)
})
