import { expect, test } from 'vitest'
import type { NodeName } from '#lib/protocol/node-name.ts'
import { type Applier, ApplyAdmission } from './apply-admission.ts'
import { KILL_SPACING_MS } from './kill-spacing.ts'
import { localNode } from './local-nodes.ts'

function region() {
  const clock = { now: 0 }
  const admission = new ApplyAdmission(() => clock.now)
  const granted: [Applier, unknown][] = []
  const applier = (node: NodeName): Applier => {
    const own: Applier = {
      node,
      region: localNode(node).region,
      send: (message) => {
        if (message.type === 'apply_granted') granted.push([own, message.deferred])
      },
    }
    return own
  }
  return { clock, admission, granted, applier }
}

test('grants go to one process of a region at a time, in order of request', () => {
  const { admission, granted, applier } = region()
  const [a, b, other] = [applier('fr-par-a'), applier('fr-par-b'), applier('nl-ams-a')]
  for (const one of [a, b, other]) admission.request(one)
  expect(granted.map(([one]) => one)).toEqual([a, other])
  admission.release(b)
  admission.request(b)
  admission.release(a)
  admission.release(a)
  expect(granted.map(([one]) => one)).toEqual([a, other, b])
})

test('a process that hangs in the queue keeps its position and delays no other process', () => {
  const { admission, granted, applier } = region()
  const [a, b] = [applier('fr-par-a'), applier('fr-par-b')]
  for (const one of [a, b]) admission.request(one)
  admission.endGrant(b)
  admission.endGrant(a)
  admission.request(a)
  // It is still silent.
  admission.endGrant(b)
  expect(granted.map(([one]) => one)).toEqual([a, b, a])
})

test('a request replaces a grant that the process already holds', () => {
  const { admission, granted, applier } = region()
  const [a, b] = [applier('fr-par-a'), applier('fr-par-b')]
  for (const one of [a, b, a]) admission.request(one)
  admission.endGrant(b)
  expect(granted.map(([one]) => one)).toEqual([a, b, a])
})

test('a change that ended one node is deferred on the other for a minute', () => {
  const { clock, admission, granted, applier } = region()
  const [a, b] = [applier('fr-par-a'), applier('fr-par-b')]
  admission.request(a)
  admission.request(b)
  admission.failed({ node: 'fr-par-a', region: 'fr-par' }, { lb_id: 'x', generation: 12 })
  admission.release(a)
  expect(granted[1]).toEqual([b, [{ lb_id: 'x', generation: 12, for_ms: KILL_SPACING_MS }]])
  admission.release(b)
  admission.request(a)
  expect(granted[2]).toEqual([a, []])
  admission.release(a)
  clock.now = KILL_SPACING_MS
  admission.request(b)
  expect(granted[3]).toEqual([b, []])
})
