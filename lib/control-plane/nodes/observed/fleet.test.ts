import { expect, test } from 'vitest'
import { lbReport, listener } from '#lib/testing/control-plane/reports.ts'
import { Fleet } from './fleet.ts'

const active = lbReport({ lb_id: 'x', active: true, listeners: [listener('listening')] })
const standby = lbReport({ lb_id: 'x', listeners: [listener('standby')] })

test('a load balancer is settled once both nodes have it and one serves it', () => {
  const fleet = new Fleet()
  fleet.receive('fr-par-a', { lbs: [standby] })
  fleet.receive('fr-par-b', { lbs: [standby] })
  expect(fleet.memory('x')).toEqual({ servedAt: null, settled: false })
  fleet.receive('fr-par-a', { lbs: [active] })
  expect(fleet.memory('x')).toEqual({ servedAt: expect.any(Number), settled: true })
  fleet.forget('x')
  expect(fleet.memory('x').settled).toBe(false)
  expect(fleet.nodes('fr-par', 'x').map(({ report }) => report)).toEqual([null, null])
})

test('the reports of a node that is gone are not believed, but those of its successor are', () => {
  const fleet = new Fleet()
  const nodeA = () => fleet.nodes('fr-par', 'x')[0]
  const first = fleet.connect('fr-par-a')
  fleet.receive('fr-par-a', { lbs: [active] })
  expect(nodeA()).toMatchObject({ connected: true, report: active })
  const second = fleet.connect('fr-par-a')
  fleet.receive('fr-par-a', { lbs: [standby] })
  first()
  expect(nodeA()).toMatchObject({ connected: true, report: standby })
  second()
  expect(nodeA()).toMatchObject({ connected: false, report: null })
  expect(fleet.memory('x').servedAt).not.toBeNull()
})

test('tells of every report whether it moved anything, and of a node that is gone', () => {
  const fleet = new Fleet()
  const told: [string, boolean][] = []
  const disconnect = fleet.connect('fr-par-a')
  const unsubscribe = fleet.subscribe((...one) => told.push(one))
  fleet.receive('fr-par-a', { lbs: [standby] })
  fleet.receive('fr-par-a', { lbs: [standby] })
  disconnect()
  unsubscribe()
  fleet.receive('fr-par-a', { lbs: [active] })
  expect(told).toEqual([
    ['x', true],
    ['x', false],
    ['x', true],
  ])
})
