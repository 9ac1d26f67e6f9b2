import { expect, test } from 'vitest'
import { newLb } from '../form/lb-values.ts'
import { draftTopology } from './draft-topology.ts'
import { BOX_HEIGHT, layOutTopology } from './topology-layout.ts'
import { SERVERS_SHOWN } from './topology-model.ts'

function draft(servers: string, backends = 1) {
  const values = newLb('80')
  values.name = 'site'
  values.backends = Array.from({ length: backends }, (_, index) => ({
    ...(values.backends[0] as (typeof values.backends)[number]),
    key: `backend-${index + 1}`,
    name: `pool ${index + 1}`,
    servers,
  }))
  return draftTopology(values, null)
}

test('draws the values of a form', () => {
  const { address, instances, frontends, backends } = draft('10.0.0.1, 10.0.0.2')
  expect(address.title).toBe('Allocated automatically')
  expect(instances.map(({ title, active }) => [title, active])).toEqual([
    ['Master', true],
    ['Backup', false],
  ])
  expect(frontends).toMatchObject([
    { title: 'frontend-1', detail: 'HTTP 80', backend: 'backend-1' },
  ])
  expect(backends).toMatchObject([{ title: 'pool 1', detail: 'HTTP 80', more: 0 }])
  expect(backends[0]?.servers.map(({ title }) => title)).toEqual(['10.0.0.1', '10.0.0.2'])
})

test('boxes of a column do not overlap and stay inside the picture', () => {
  for (const topology of [draft('', 1), draft('10.0.0.1', 5), draft('a b c d', 2)]) {
    const { height, tops } = layOutTopology(topology)
    const byColumn = Map.groupBy(tops, ([key]) => key.split('/')[0])
    for (const [, boxes] of byColumn) {
      const sorted = boxes.map(([, top]) => top).sort((a, b) => a - b)
      expect(sorted[0]).toBeGreaterThanOrEqual(0)
      expect(sorted.at(-1)).toBeLessThanOrEqual(height - BOX_HEIGHT)
      sorted.slice(1).forEach((top, index) => {
        expect(top - (sorted[index] as number)).toBeGreaterThan(BOX_HEIGHT)
      })
    }
  }
})

test('the path of the traffic is live, the standby instance is not', () => {
  const { wires } = layOutTopology(draft('10.0.0.1'))
  expect(wires.map(({ key, live }) => [key, live])).toEqual([
    ['address/address>instances/master', true],
    ['instances/master>frontends/0', true],
    ['address/address>instances/backup', false],
    ['instances/backup>frontends/0', false],
    ['frontends/0>backends/backend-1', true],
    ['backends/backend-1>servers/backend-1/0', true],
  ])
})

test('servers above the maximum are counted instead of drawn', () => {
  const many = Array.from({ length: 40 }, (_, index) => `10.0.1.${index}`).join('\n')
  const [backend] = draft(many).backends
  expect([backend?.servers.length, backend?.more]).toEqual([SERVERS_SHOWN, 40 - SERVERS_SHOWN])
})
