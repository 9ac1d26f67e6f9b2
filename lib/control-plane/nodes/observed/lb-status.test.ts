import { describe, expect, test } from 'vitest'
import { instanceState, lbReport, listener } from '#lib/testing/control-plane/reports.ts'
import type { InstanceState } from './instance-state.ts'
import { instanceStatus, lbStatus, type StateInput } from './lb-status.ts'

const active = lbReport({ lb_id: 'x', active: true, listeners: [listener('listening')] })
const standby = lbReport({ lb_id: 'x', listeners: [listener('standby')] })
const failed = lbReport({ lb_id: 'x', active: true, listeners: [listener('failed')] })
const failedStandby = lbReport({ lb_id: 'x', listeners: [listener('failed')] })
const pending = lbReport({ lb_id: 'x', active: true, listeners: [listener('pending')] })
const empty = lbReport({ lb_id: 'x' })

const quarantine = { generation: 1, since: '', cause: 'hung_applying' } as const
const hung = { node: 'fr-par-a', reason: 'looping', until: '' } as const

const on = (report: InstanceState['report']) => instanceState('a', report)
const off = { ...instanceState('a', null), connected: false }

const NEW = { createdAt: 1_000_000, servedAt: null, wasReady: false }

function input(a: InstanceState, b: InstanceState, changes: Partial<StateInput> = {}): StateInput {
  return {
    instances: [
      { ...a, cluster: 'a' },
      { ...b, cluster: 'b' },
    ],
    lifecycle: NEW,
    generation: 1,
    changedAt: '',
    divergence: null,
    hasAddress: true,
    startedAt: 0,
    now: 1_000_100,
    ...changes,
  }
}

const settled = { lifecycle: { ...NEW, servedAt: 1_000_000, wasReady: true } }
const restarted = { startedAt: 2_000_000, now: 2_000_100 }

describe('status of a load balancer', () => {
  test.each([
    ['no node has it yet', input(off, off), 'creating'],
    ['one node has it, the other not yet', input(on(active), on(null)), 'creating'],
    ['both have it, none listens yet', input(on(pending), on(standby)), 'creating'],
    ['both have it and one listens', input(on(active), on(standby)), 'ready'],
    ['there is nothing to listen on', input(on(empty), on(empty)), 'ready'],
    ['there is no address', input(on(pending), on(pending), { hasAddress: false }), 'ready'],
    ['the other node has not come for long', input(on(active), off, { now: 1_006_000 }), 'ready'],
    ['no node has come for long', input(off, off, { now: 1_020_000 }), 'error'],
    ['a port cannot be listened on', input(on(failed), on(failedStandby)), 'error'],
    ['neither could listen', input(on(failedStandby), on(failedStandby)), 'error'],
    ['the backup serves alone', input(off, on(active), settled), 'ready'],
    ['one node takes over', input(off, on(standby), settled), 'ready'],
    ['no node took over', input(off, on(standby), { ...settled, now: 1_004_000 }), 'error'],
    ['a new port is about to be listened on', input(on(pending), on(standby), settled), 'ready'],
    ['the control plane has just started', input(off, off, restarted), 'pending'],
    ['one node is back after a restart', input(on(active), off, restarted), 'ready'],
    ['none is back after a restart', input(off, off, { ...restarted, now: 2_006_000 }), 'error'],
  ])('where %s', (_case, state, status) => {
    expect(lbStatus(state)).toBe(status)
  })
})

describe('status of an instance', () => {
  test.each([
    ['its node is still to come', off, {}, 'unknown'],
    ['its node is gone', off, { now: 1_009_000 }, 'stopped'],
    ['its node does not have it yet', on(null), {}, 'pending'],
    ['its node has an older generation', on(active), { generation: 2 }, 'pending'],
    ['one of its processes does not have it yet', { ...on(active), applied: null }, {}, 'pending'],
    ['a port cannot be listened on', on(failed), {}, 'error'],
    ['the newest generation is quarantined there', { ...on(standby), quarantine }, {}, 'error'],
    [
      'an older generation is quarantined there',
      { ...on(standby), quarantine },
      { generation: 2 },
      'pending',
    ],
    ['a process of its node hangs', { ...on(standby), hung }, {}, 'error'],
    ['all is well', on(standby), {}, 'ready'],
  ])('where %s', (_case, node, changes, status) => {
    const state = input(node, off, changes)
    expect(instanceStatus(state.instances[0] as InstanceState, state)).toBe(status)
  })
})
