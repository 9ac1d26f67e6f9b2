import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { NodeName } from '#lib/config/stream.ts'
import type { SupervisorToNode } from '#lib/config/supervision.ts'
import { AddressRouter, type Claim, MASTER_GRACE_MS, type Member } from './address-router.ts'
import { bindSockets } from './bind-socket.ts'

const STEPS = 2000
const WORKERS = 3
const ALL = Array.from({ length: WORKERS }, (_, index) => index + 1)
const LB = 'lb-1'
const CLAIM: Claim = { lb_id: LB, address: '127.77.2.1', ports: [8112], master: 'a' }

/** A worker as far as it matters here: it accepts from when it is told to until it lets go, or ends. */
class Worker implements Member {
  readonly name: NodeName
  readonly worker: number
  readonly cluster
  holds = false
  readonly sockets = new Set<number>()
  accepts = false

  constructor(name: NodeName, worker: number) {
    this.name = name
    this.worker = worker
    this.cluster = name.endsWith('a') ? ('a' as const) : ('b' as const)
  }

  send(message: SupervisorToNode): void {
    if (message.type === 'socket') this.sockets.add(message.shard)
    if (message.type === 'socket_withdrawn') this.sockets.delete(message.shard)
    if (message.type === 'activate') this.accepts = true
  }

  letGo(): void {
    this.holds = false
    this.sockets.clear()
    this.accepts = false
  }
}

/** Numbers from 0 to 1, the same at every run. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 0x7fffffff
    return state / 0x7fffffff
  }
}

let router: AddressRouter

beforeEach(() => {
  vi.useFakeTimers()
  router = new AddressRouter((address, port) => bindSockets(address, port, WORKERS))
})

afterEach(() => {
  router.close()
  vi.useRealTimers()
})

/** One thing that can happen to a worker, which may end with its successor in its place. */
function happen(worker: Worker, what: number): Worker {
  if (what < 0.5) {
    worker.holds = true
    router.claim(worker, CLAIM)
  } else if (what < 0.7) {
    worker.letGo()
    router.release(worker, LB)
  } else if (what < 0.95) {
    worker.letGo()
    router.left(worker)
    return new Worker(worker.name, worker.worker)
  } else {
    vi.advanceTimersByTime(MASTER_GRACE_MS)
  }
  return worker
}

test('whatever comes and goes, one node accepts, with all it has, from every socket', () => {
  const random = randomNumbers(7)
  const nodes = ['fr-par-a', 'fr-par-b'] as const
  const workers = nodes.flatMap((node) => ALL.map((number) => new Worker(node, number)))
  let failovers = 0
  for (let step = 0; step < STEPS; step += 1) {
    const before = router.activeOf(LB)
    const place = Math.floor(random() * workers.length)
    workers[place] = happen(workers[place] as Worker, random())
    const active = router.activeOf(LB)
    const holders = workers.filter(({ holds }) => holds)
    const accepting = workers.filter(({ accepts }) => accepts)
    const served = accepting.flatMap(({ sockets }) => [...sockets])
    const stays = before !== null && holders.some(({ name }) => name === before)
    expect({
      othersAccept: accepting.some(({ holds, name }) => !holds || name !== active),
      someDoNot: holders.some(({ accepts, name }) => !accepts && name === active),
      served: served.sort().join(),
      withoutItsOwn: holders.some(({ sockets, worker }) => !sockets.has(worker)),
      activeNode: active,
    }).toEqual({
      othersAccept: false,
      someDoNot: false,
      served: active ? ALL.join() : '',
      withoutItsOwn: false,
      activeNode: stays ? before : active,
    })
    if (before && active && before !== active) failovers += 1
  }
  expect(failovers).toBeGreaterThan(STEPS / 100)
})
