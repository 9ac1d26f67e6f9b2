import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { onFault } from '#lib/process/faults.ts'
import type { NodeName } from '#lib/protocol/stream.ts'
import type { SupervisorToNode } from '#lib/protocol/supervision.ts'
import { ADDRESS } from '#lib/testing/supervisor/members.ts'
import { AddressRouter, MASTER_GRACE_MS } from './address-router.ts'
import { bindSockets } from './bind-socket.ts'
import type { Claim, Member } from './member.ts'

const STEPS = 5000
const WORKERS = 3
const ALL = Array.from({ length: WORKERS }, (_, index) => index + 1)
const LB = 'lb-1'
const CLAIM: Claim = { lb_id: LB, address: ADDRESS, ports: [8141], master: 'a' }

/** A worker as far as it matters here: it accepts from when it is told to until it lets go, or ends. */
class Worker implements Member {
  readonly name: NodeName
  readonly worker: number
  readonly cluster
  holds = false
  readonly sockets = new Set<number>()
  accepts = false
  /** To stop accepting; it does so when its turn comes. */
  asked = false
  /** Whether sending to it throws and loses the message. */
  fails: () => boolean = () => false

  constructor(name: NodeName, worker: number) {
    this.name = name
    this.worker = worker
    this.cluster = name.endsWith('a') ? ('a' as const) : ('b' as const)
  }

  send(message: SupervisorToNode): void {
    if (this.fails()) throw new Error('a fault')
    if (message.type === 'socket') this.sockets.add(message.shard)
    if (message.type === 'socket_withdrawn') this.sockets.delete(message.shard)
    if (message.type === 'activate') this.accepts = true
    if (message.type === 'deactivate') this.asked = true
  }

  letGo(): void {
    this.holds = false
    this.sockets.clear()
    this.accepts = false
    this.asked = false
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
  onFault(() => {})
  router = new AddressRouter((address, port) => bindSockets(address, port, WORKERS))
})

afterEach(() => {
  router.close()
  onFault(null)
  vi.useRealTimers()
})

/** One thing that can happen to a worker, which may end with its successor in its place. */
function happen(worker: Worker, what: number): Worker {
  if (worker.asked && what < 0.8) {
    worker.letGo()
    worker.holds = true
    handle(() => router.yielded(worker, LB))
  } else if (what < 0.4) {
    worker.holds = true
    handle(() => router.claim(worker, CLAIM))
  } else if (what < 0.5) {
    switchOver()
  } else if (what < 0.7) {
    worker.letGo()
    handle(() => router.release(worker, LB))
  } else if (what < 0.95) {
    worker.letGo()
    handle(() => router.left(worker))
    return new Worker(worker.name, worker.worker)
  } else {
    vi.advanceTimersByTime(MASTER_GRACE_MS)
  }
  return worker
}

/** Like `Nodes`: a message whose handling throws is handled once more, and the router recovers. */
function handle(act: () => void): void {
  try {
    act()
  } catch {
    act()
    router.recover()
  }
}

/** Where it can be had: the other node has to have the sockets, and nothing may be moving. */
function switchOver(): void {
  try {
    void router.switchOver(LB)
  } catch {}
}

const namesOf = (workers: Worker[]) => [...new Set(workers.map(({ name }) => name))]

/** What holds at every moment: at most one node accepts, and only one that has the sockets. */
function expectOneNode(workers: Worker[]): void {
  const accepting = workers.filter(({ accepts }) => accepts)
  expect(namesOf(accepting).length).toBeLessThanOrEqual(1)
  expect(accepting.every(({ holds }) => holds)).toBe(true)
}

/** What holds while nothing moves: the active node accepts, with all of its workers, from every socket. */
function expectAllServed(workers: Worker[]): void {
  const active = router.activeOf(LB)
  const holders = workers.filter(({ holds }) => holds)
  const accepting = workers.filter(({ accepts }) => accepts)
  const served = accepting.flatMap(({ sockets }) => [...sockets])
  expect({
    accepting: namesOf(accepting),
    idle: holders.filter(({ accepts, name }) => !accepts && name === active).length,
    served: served.sort().join(),
    withoutItsOwn: holders.filter(({ sockets, worker }) => !sockets.has(worker)).length,
  }).toEqual({
    accepting: active ? [active] : [],
    idle: 0,
    served: active ? ALL.join() : '',
    withoutItsOwn: 0,
  })
}

test('an exception half-way never lets two nodes accept, and afterwards everything is served', () => {
  const random = randomNumbers(11)
  const nodes = ['fr-par-a', 'fr-par-b'] as const
  const workers = nodes.flatMap((node) => ALL.map((number) => new Worker(node, number)))
  let faults = 0
  for (let step = 0; step < STEPS; step += 1) {
    const place = Math.floor(random() * workers.length)
    // Sending the n-th message of this step throws.
    let untilFault = Math.floor(random() * 12)
    const fails = () => {
      untilFault -= 1
      if (untilFault === -1) faults += 1
      return untilFault === -1
    }
    for (const worker of workers) worker.fails = fails
    try {
      workers[place] = happen(workers[place] as Worker, random())
    } catch {
      // Not caused by a worker's message: the router recovers.
    }
    expectOneNode(workers)
    for (const worker of workers) worker.fails = () => false
    router.recover()
    expectOneNode(workers)
    if (!workers.some(({ asked }) => asked)) expectAllServed(workers)
  }
  process.stdout.write(`${STEPS} steps with ${faults} exceptions\n`)
  expect(faults).toBeGreaterThan(STEPS / 50)
})

test('whatever comes and goes, one node accepts, with all it has, from every socket', () => {
  const random = randomNumbers(7)
  const nodes = ['fr-par-a', 'fr-par-b'] as const
  const workers = nodes.flatMap((node) => ALL.map((number) => new Worker(node, number)))
  const isMoving = () => workers.some(({ asked }) => asked)
  let [failovers, moves] = [0, 0]
  for (let step = 0; step < STEPS; step += 1) {
    const [before, wasMoving] = [router.activeOf(LB), isMoving()]
    const place = Math.floor(random() * workers.length)
    workers[place] = happen(workers[place] as Worker, random())
    const active = router.activeOf(LB)
    expectOneNode(workers)
    if (isMoving()) {
      expect(active).toBeNull()
      continue
    }
    expectAllServed(workers)
    if (wasMoving) moves += 1
    else if (before && workers.some(({ holds, name }) => holds && name === before)) {
      expect(active).toBe(before)
    } else if (before && active) failovers += 1
  }
  process.stdout.write(`${STEPS} steps: ${failovers} failovers, ${moves} switchovers\n`)
  expect(Math.min(failovers, moves)).toBeGreaterThan(10)
})
