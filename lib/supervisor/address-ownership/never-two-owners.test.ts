import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { onFault } from '#lib/process/faults.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { SupervisorToNode } from '#lib/protocol/supervision.ts'
import { IMPLEMENTATIONS } from '#lib/testing/supervisor/ownerships.ts'
import { ADDRESS } from '#lib/testing/supervisor/recorded-worker.ts'
import { localNode } from '../local-nodes.ts'
import {
  type AddressOwnership,
  type Claim,
  MASTER_GRACE_MS,
  type NodeWorker,
} from './address-ownership.ts'

// Model-based: workers claim, release, end and are switched over in random order, and the guarantees hold after each step.

const STEPS = 5000
const WORKERS = 3
const NODES = ['fr-par-a', 'fr-par-b'] as const
const ALL = Array.from({ length: WORKERS }, (_, index) => index + 1)
const LB = 'lb-1'
const CLAIM: Claim = { lb_id: LB, address: ADDRESS, ports: [8141], master: 'a' }

/** The model of a worker: it accepts from `activate` until it stops or ends. */
class ModelWorker implements NodeWorker {
  readonly node: NodeName
  readonly region
  readonly cluster
  readonly worker: number
  readonly workers = WORKERS
  claims = false
  readonly shards = new Set<number>()
  accepts = false
  /** It was asked to stop accepting, and has not confirmed yet. */
  isStopping = false
  /** Whether sending to it throws and loses the message. */
  fails: () => boolean = () => false

  constructor(node: NodeName, worker: number) {
    this.node = node
    this.worker = worker
    this.region = localNode(node).region
    this.cluster = localNode(node).cluster
  }

  send(message: SupervisorToNode): void {
    if (this.fails()) throw new Error('a fault')
    if (message.type === 'socket') this.shards.add(message.shard)
    if (message.type === 'socket_withdrawn') this.shards.delete(message.shard)
    if (message.type === 'activate') this.accepts = true
    if (message.type === 'deactivate') this.isStopping = true
  }

  stopAccepting(): void {
    this.shards.clear()
    this.accepts = false
    this.isStopping = false
  }

  letGo(): void {
    this.stopAccepting()
    this.claims = false
  }
}

/** Numbers from 0 to 1, the same in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 0x7fffffff
    return state / 0x7fffffff
  }
}

const namesOf = (workers: ModelWorker[]) => [...new Set(workers.map(({ node }) => node))]

/** Holds at every moment: at most one node accepts, and only one that claims the address. */
function expectOneNode(workers: ModelWorker[]): void {
  const accepting = workers.filter(({ accepts }) => accepts)
  expect(namesOf(accepting).length).toBeLessThanOrEqual(1)
  expect(accepting.every(({ claims }) => claims)).toBe(true)
}

describe.each(IMPLEMENTATIONS)('$name', ({ create, handsOverSockets }) => {
  let ownership: AddressOwnership
  let workers: ModelWorker[]

  beforeEach(() => {
    vi.useFakeTimers()
    onFault(() => {})
    ownership = create()
    workers = NODES.flatMap((node) => ALL.map((worker) => new ModelWorker(node, worker)))
  })
  afterEach(() => {
    ownership.close()
    onFault(null)
    vi.useRealTimers()
  })

  /** Does one thing with a worker. @returns it, or its successor if it has ended */
  function step(worker: ModelWorker, what: number): ModelWorker {
    if (worker.isStopping && what < 0.8) {
      worker.stopAccepting()
      handle(() => ownership.stoppedAccepting(worker, LB))
    } else if (what < 0.4) {
      worker.claims = true
      handle(() => ownership.claim(worker, CLAIM))
    } else if (what < 0.5) {
      // Refused while the other node isn't ready.
      void ownership.switchOver(LB)
    } else if (what < 0.7) {
      worker.letGo()
      handle(() => ownership.release(worker, LB))
    } else if (what < 0.95) {
      worker.letGo()
      handle(() => ownership.ended(worker))
      return new ModelWorker(worker.node, worker.worker)
    } else {
      vi.advanceTimersByTime(MASTER_GRACE_MS)
    }
    return worker
  }

  /** Like `SupervisedWorker`: a message whose handling throws is handled once more, and the state is repaired. */
  function handle(act: () => void): void {
    try {
      act()
    } catch {
      act()
      ownership.recover()
    }
  }

  const isMoving = () => workers.some(({ isStopping }) => isStopping)
  const isClaimedBy = (name: NodeName | null) =>
    workers.some(({ claims, node }) => claims && node === name)

  /** Holds outside of switchovers: all workers of the owner accept, from every socket. */
  function expectAllServed(): void {
    const owner = ownership.ownerOf(LB)
    const claiming = workers.filter(({ claims }) => claims)
    const accepting = workers.filter(({ accepts }) => accepts)
    expect({
      accepting: namesOf(accepting),
      idle: claiming.filter(({ accepts, node }) => !accepts && node === owner).length,
    }).toEqual({ accepting: owner ? [owner] : [], idle: 0 })
    if (!handsOverSockets) return
    const served = accepting.flatMap(({ shards }) => [...shards]).sort()
    const lacking = claiming.filter(({ shards, worker }) => !shards.has(worker))
    expect({ served, lacking: lacking.length }).toEqual({ served: owner ? ALL : [], lacking: 0 })
  }

  test('one node accepts, with all of its workers, whatever is claimed, released and switched over', () => {
    const random = randomNumbers(7)
    let [failovers, switchovers] = [0, 0]
    for (let count = 0; count < STEPS; count += 1) {
      const [before, wasMoving] = [ownership.ownerOf(LB), isMoving()]
      const index = Math.floor(random() * workers.length)
      workers[index] = step(workers[index] as ModelWorker, random())
      const owner = ownership.ownerOf(LB)
      expectOneNode(workers)
      if (isMoving()) {
        expect(owner).toBeNull()
        continue
      }
      expectAllServed()
      if (wasMoving) switchovers += 1
      else if (isClaimedBy(before)) expect(owner).toBe(before)
      else if (before && owner) failovers += 1
    }
    process.stdout.write(`${STEPS} steps: ${failovers} failovers, ${switchovers} switchovers\n`)
    expect(Math.min(failovers, switchovers)).toBeGreaterThan(10)
  })

  test('an exception at any moment never lets two nodes accept, and afterwards all is served', () => {
    const random = randomNumbers(11)
    let faults = 0
    for (let count = 0; count < STEPS; count += 1) {
      const index = Math.floor(random() * workers.length)
      // Sending the n-th message of this step throws.
      let untilFault = Math.floor(random() * 12)
      const fails = () => {
        untilFault -= 1
        if (untilFault === -1) faults += 1
        return untilFault === -1
      }
      for (const worker of workers) worker.fails = fails
      try {
        workers[index] = step(workers[index] as ModelWorker, random())
      } catch {
        // A timer or an order threw: the supervisor repairs the state after any exception.
      }
      expectOneNode(workers)
      for (const worker of workers) worker.fails = () => false
      ownership.recover()
      expectOneNode(workers)
      if (!isMoving()) expectAllServed()
    }
    process.stdout.write(`${STEPS} steps with ${faults} exceptions\n`)
    expect(faults).toBeGreaterThan(STEPS / 50)
  })
})
