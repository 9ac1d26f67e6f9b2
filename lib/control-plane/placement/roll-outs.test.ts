import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RolledOutPair } from '#lib/testing/control-plane/rolled-out-pair.ts'
import { NODE_A, NODE_B } from '#lib/testing/control-plane/switched-pair.ts'
import { WAIT_IN_ALL_MAX_MS, WAIT_MAX_MS } from './roll-outs.ts'
import { TRY_MAX_MS } from './trials.ts'

let stage: RolledOutPair

beforeEach(async () => {
  stage = await RolledOutPair.make()
})
afterEach(() => stage.stop())

describe('the owner gets a generation', () => {
  test('when the standby has applied it', () => {
    const { a: owner, b: standby } = stage
    expect([owner.send(2), standby.send(2), owner.send(2)]).toEqual([false, true, false])
    expect(owner.proven).toBeNull()
    standby.applies(2)
    expect([owner.proven, owner.send(2)]).toEqual([2, true])
  })

  test('when the standby has rejected it', () => {
    const { a: owner, b: standby } = stage
    standby.send(2)
    standby.rejects(2)
    expect([owner.proven, owner.send(2)]).toEqual([2, true])
  })

  test('never if the standby has it in quarantine, and the next one in turn', () => {
    const { a: owner, b: standby } = stage
    standby.send(2)
    standby.disconnect()
    standby.connect()
    standby.quarantines(2)
    expect(owner.send(2)).toBe(false)
    stage.now += 2 * WAIT_MAX_MS
    expect([owner.send(2), owner.proven]).toEqual([false, null])
    expect([owner.send(3), standby.send(3)]).toEqual([false, true])
    standby.applies(3)
    expect(owner.proven).toBe(3)
  })

  test('when the standby whose node ended has come back and reported', () => {
    const { a: owner, b: standby } = stage
    standby.send(2)
    standby.disconnect()
    expect(owner.send(2)).toBe(false)
    // Nor a later one, which may end the node just as well.
    expect(owner.send(3)).toBe(false)
    standby.connect()
    expect(owner.send(3)).toBe(false)
    expect(standby.send(3)).toBe(true)
    standby.applies(3)
    expect(owner.send(3)).toBe(true)
  })

  test('not if the node of the standby ends right after it has applied it', () => {
    const { a: owner, b: standby } = stage
    standby.send(2)
    standby.applies(2)
    standby.disconnect()
    expect([owner.proven, owner.send(2)]).toEqual([null, false])
  })

  test('at once if the host of the standby is away', () => {
    const { a: owner, b: standby } = stage
    standby.disconnect()
    stage.pair.hosts.kill(NODE_B)
    expect(owner.send(2)).toBe(true)
    standby.connect()
    stage.pair.hosts.connect(NODE_B)
    expect(standby.send(2)).toBe(false)
    owner.applies(2)
    expect(standby.send(2)).toBe(true)
  })

  test('after a minute of a silent standby, or of one whose node does not come back', () => {
    const { a: owner, b: standby } = stage
    standby.send(2)
    owner.send(2)
    stage.now += WAIT_MAX_MS - 1
    expect(owner.send(2)).toBe(false)
    stage.now += 1
    expect(owner.send(2)).toBe(true)
    standby.disconnect()
    expect(owner.send(3)).toBe(false)
    stage.now += WAIT_MAX_MS
    expect(owner.send(4)).toBe(true)
  })
})

test('a node that ends again and again is waited for longer, but not for ever', () => {
  const { a: owner, b: standby } = stage
  expect(owner.send(2)).toBe(false)
  const beganAt = stage.now
  while (stage.now < beganAt + WAIT_IN_ALL_MAX_MS - WAIT_MAX_MS / 2) {
    stage.now += WAIT_MAX_MS / 2
    standby.disconnect()
    standby.connect()
    expect(owner.send(2)).toBe(false)
  }
  stage.now = beganAt + WAIT_IN_ALL_MAX_MS
  expect(owner.send(2)).toBe(true)
})

test('of several changes in a row both get one and then the newest', () => {
  const { a: owner, b: standby } = stage
  standby.send(2)
  expect([standby.send(3), owner.send(3)]).toEqual([false, false])
  standby.applies(2)
  // The database has 4 by now.
  expect([standby.send(4), owner.proven, owner.send(4)]).toEqual([false, 2, false])
  owner.applies(2)
  expect([owner.send(4), standby.send(4)]).toEqual([false, true])
  standby.applies(4)
  expect(owner.proven).toBe(4)
})

test('after a switchover in the middle the former owner still waits', async () => {
  const { a, b } = stage
  expect(b.send(2)).toBe(true)
  await stage.pair.switchOver('x', 'b')
  expect(a.send(2)).toBe(false)
  b.applies(2)
  expect(a.send(2)).toBe(true)
  a.applies(2)
  // B is the owner now.
  expect([b.send(3), a.send(3)]).toEqual([false, true])
})

describe('after a start of the control plane', () => {
  test('hosts that connect at the same time get a generation one after the other', () => {
    stage.start()
    const { a: owner, b: standby } = stage
    owner.connect()
    standby.connect()
    expect([owner.send(2), standby.send(2), owner.send(2)]).toEqual([false, true, false])
    standby.applies(2)
    expect(owner.send(2)).toBe(true)
  })

  test('a node that may have ended because of it before is waited for', () => {
    stage.start()
    const { a: owner, b: standby } = stage
    owner.connect()
    expect(owner.send(2)).toBe(false)
    standby.connect()
    standby.quarantines(2)
    expect(owner.send(2)).toBe(false)
  })

  test('a host that is away is waited for until it would have connected', () => {
    stage.pair.hosts.kill(NODE_B)
    stage.start()
    const { a: owner } = stage
    owner.connect()
    expect(owner.send(2)).toBe(false)
    stage.now += 5000
    expect(owner.send(2)).toBe(true)
  })

  test('the host that prefers the carrier counts as the owner while hosts have not reported', () => {
    for (const name of [NODE_A, NODE_B]) stage.pair.hosts.disconnect(name)
    stage.start()
    const { a, b } = stage
    a.connect()
    b.connect()
    expect([a.send(2), b.send(2)]).toEqual([false, true])
  })
})

test('a generation that could not be planned holds nothing up', () => {
  const { b: standby } = stage
  standby.failsToPlan(2)
  expect(standby.send(3)).toBe(true)
})

describe('load balancers of which each host is the standby of one', () => {
  test('are not tried on both hosts at the same time, and in turns', () => {
    const { a, b } = stage
    expect([b.send(2, 'x'), a.send(2, 'y')]).toEqual([true, false])
    // A waits for its turn, so B begins nothing new.
    expect(b.send(2, 'z')).toBe(false)
    b.applies(2, 'x')
    expect([a.send(2, 'y'), b.send(2, 'z')]).toEqual([true, false])
    a.applies(2, 'y')
    expect(b.send(2, 'z')).toBe(true)
  })

  test('are not tried on the other host while one is down after a change', () => {
    const { a, b } = stage
    b.send(2, 'x')
    b.disconnect()
    expect(a.send(2, 'y')).toBe(false)
    b.connect()
    expect(a.send(2, 'y')).toBe(true)
  })

  test('wait only for a while for a host that does not report', () => {
    const { a, b } = stage
    b.send(2, 'x')
    stage.now += TRY_MAX_MS - 1
    expect(a.send(2, 'y')).toBe(false)
    stage.now += 1
    expect(a.send(2, 'y')).toBe(true)
  })
})
