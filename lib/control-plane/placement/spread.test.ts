import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CLUSTERS, type Cluster } from '#lib/core/locality.ts'
import { Load, type PairableNode, type PlacedLb, planMoves, possiblePairs } from './spread.ts'

/** Nodes on hosts that have one each, but for the first host, which has one in each cluster. */
const nodes = fc
  .record({
    a: fc.integer({ min: 0, max: 4 }),
    b: fc.integer({ min: 0, max: 4 }),
    shared: fc.boolean(),
  })
  .map(({ a, b, shared }): PairableNode[] => {
    const of = (cluster: Cluster, count: number) =>
      Array.from({ length: count }, (_, at) => ({
        id: `${cluster}${at}`,
        cluster,
        address: shared && at === 0 ? '10.0.0.1' : `10.0.${cluster === 'a' ? 1 : 2}.${at + 1}`,
      }))
    return [...of('a', a), ...of('b', b)]
  })

const numbered = (all: PairableNode[]) =>
  possiblePairs(all).map((pair, at) => ({ ...pair, number: at + 1 }))

const spanOf = (counts: number[]) => Math.max(...counts) - Math.min(...counts)

describe('pairs', () => {
  test('are of both clusters and of different hosts, each once, and none is left out', () => {
    fc.assert(
      fc.property(nodes, (all) => {
        const byId = new Map(all.map((node) => [node.id, node]))
        const pairs = possiblePairs(all)
        for (const { a, b } of pairs) {
          expect([byId.get(a)?.cluster, byId.get(b)?.cluster]).toEqual(['a', 'b'])
          expect(byId.get(a)?.address).not.toBe(byId.get(b)?.address)
        }
        const expected = all.flatMap((a) =>
          all.filter((b) => a.cluster === 'a' && b.cluster === 'b' && a.address !== b.address),
        )
        expect(new Set(pairs.map(({ a, b }) => `${a} ${b}`)).size).toBe(expected.length)
      }),
    )
  })
})

describe('new load balancers', () => {
  test('are spread evenly over pairs, over the nodes of a cluster, and with their masters', () => {
    fc.assert(
      fc.property(nodes, fc.integer({ min: 0, max: 60 }), (all, count) => {
        const pairs = numbered(all)
        const load = new Load()
        for (let at = 0; at < count; at += 1) {
          const pair = load.leastLoaded(pairs)
          if (!pair) break
          load.add(pair, load.nextMaster(pair))
        }
        if (pairs.length === 0) return
        expect(spanOf(pairs.map((pair) => load.onPair(pair)))).toBeLessThanOrEqual(1)
        const masters = pairs.map(({ number }) => load.masters(number))
        expect(masters.filter(({ a, b }) => Math.abs(a - b) > 1)).toEqual([])
        const isComplete = pairs.length === possiblePairs(all.map(onOwnHost)).length
        const spans = CLUSTERS.map((cluster) => {
          const own = all.filter((node) => node.cluster === cluster)
          return spanOf(own.map(({ id }) => load.onNode(id)))
        })
        if (isComplete) expect(Math.max(...spans)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

const onOwnHost = (node: PairableNode, at: number) => ({ ...node, address: `10.9.0.${at + 1}` })

describe('moves', () => {
  const lbsOn = (pairs: { number: number; a: string; b: string }[]) =>
    fc
      .array(
        fc.record({
          pair: fc.option(fc.integer({ min: 1, max: pairs.length + 2 })),
          master: fc.constantFrom(...CLUSTERS),
          owner: fc.constantFrom(...CLUSTERS),
        }),
        { maxLength: 60 },
      )
      .map((all) =>
        all.map(({ pair, master, owner }, at): PlacedLb => {
          const own = pairs.find(({ number }) => number === pair)
          return { id: `lb-${at}`, pair, master, owner: own ? own[owner] : null }
        }),
      )
  const situations = nodes.chain((all) => {
    const pairs = numbered(all)
    return lbsOn(pairs).map((lbs) => ({ pairs, lbs }))
  })

  test('spread evenly, are as few as possible, and none follows', () => {
    fc.assert(
      fc.property(situations, ({ pairs, lbs }) => {
        const moves = planMoves(pairs, lbs)
        if (pairs.length === 0) {
          expect(moves).toEqual([])
          return
        }
        const to = new Map(moves.map((move) => [move.id, move.to]))
        expect(to.size).toBe(moves.length)
        const after = lbs.map((lb) => ({ ...lb, pair: to.get(lb.id) ?? lb.pair, owner: null }))
        const countOn = (all: PlacedLb[]) =>
          pairs.map(({ number }) => all.filter(({ pair }) => pair === number).length)
        expect(spanOf(countOn(after))).toBeLessThanOrEqual(1)
        expect(countOn(after).reduce((sum, one) => sum + one, 0)).toBe(lbs.length)
        // The most that can stay: an even share of each pair, and one more on as many as there is a remainder.
        const each = Math.floor(lbs.length / pairs.length)
        const present = countOn(lbs)
        const extra = Math.min(
          lbs.length % pairs.length,
          present.filter((one) => one > each).length,
        )
        const stay = present.reduce((sum, one) => sum + Math.min(one, each), extra)
        expect(moves.length).toBe(lbs.length - stay)
        expect(planMoves(pairs, after)).toEqual([])
      }),
    )
  })

  test('are of load balancers whose owner stays, where there are some', () => {
    const pairs = [
      { number: 1, a: 'a1', b: 'b1' },
      { number: 2, a: 'a1', b: 'b2' },
    ]
    const lbs = ['b1', 'a1', 'b1', 'a1'].map((owner, at): PlacedLb => {
      return { id: `lb-${at}`, pair: 1, master: 'a', owner }
    })
    expect(
      planMoves(pairs, lbs)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(['lb-1', 'lb-3'])
  })
})
