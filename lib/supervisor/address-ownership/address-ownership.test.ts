import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { IMPLEMENTATIONS, OwnershipUnderTest } from '#lib/testing/supervisor/ownerships.ts'
import { claim, type RecordedWorker } from '#lib/testing/supervisor/recorded-worker.ts'
import { type AddressOwnership, MASTER_GRACE_MS, SWITCHOVER_MS_MAX } from './address-ownership.ts'

// The contract of `AddressOwnership`. Model-based: never-two-owners.test.ts.

const LB = 'lb-1'
const FAILBACK_MS = 60_000
const CLAIM = claim([8121, 8122])

describe.each(IMPLEMENTATIONS)('$name', (implementation) => {
  let subject: OwnershipUnderTest
  let ownership: AddressOwnership

  beforeEach(() => {
    vi.useFakeTimers()
    start()
  })
  afterEach(() => {
    ownership.close()
    vi.useRealTimers()
  })

  function start(failbackMs?: number): void {
    subject = new OwnershipUnderTest(implementation, CLAIM, failbackMs)
    ownership = subject.ownership
  }

  test.each([
    ['first', ['fr-par-a', 'fr-par-b']],
    ['second', ['fr-par-b', 'fr-par-a']],
  ] as const)('the master that claims %s is the owner', (_order, nodes) => {
    const workers = nodes.map((node) => subject.claiming(node))
    expect(ownership.ownerOf(LB)).toBe('fr-par-a')
    const activated = workers.filter((worker) => worker.activation())
    expect(activated.map(({ node }) => node)).toEqual(['fr-par-a'])
  })

  test("the backup becomes the owner if the master doesn't claim, and stays it", () => {
    const b = subject.claiming('fr-par-b')
    vi.advanceTimersByTime(MASTER_GRACE_MS - 1)
    expect(ownership.ownerOf(LB)).toBeNull()
    vi.advanceTimersByTime(1)
    expect(ownership.ownerOf(LB)).toBe('fr-par-b')
    ownership.accepting(b, LB)
    const a = subject.claiming('fr-par-a')
    expect([ownership.ownerOf(LB), a.activation(), subject.takeovers]).toEqual([
      'fr-par-b',
      null,
      [],
    ])
  })

  test('a node that releases the address is not the owner any more', () => {
    const { a, b } = subject.bothClaim()
    ownership.release(a, LB)
    expect([ownership.ownerOf(LB), b.activation()]).toMatchObject(['fr-par-b', { lb_id: LB }])
    ownership.accepting(b, LB)
    expect(subject.takeovers).toEqual([])
    ownership.release(b, LB)
    expect(ownership.ownerOf(LB)).toBeNull()
  })

  test('a node is the owner as long as one of its workers claims, and all of them accept', () => {
    const [first, second] = [subject.claiming('fr-par-a', 1, 2), subject.claiming('fr-par-a', 2, 2)]
    const b = subject.claiming('fr-par-b')
    expect(second.activation()).toEqual(first.activation())
    ownership.ended(first)
    const again = subject.claiming('fr-par-a', 1, 2)
    expect(again.activation()).toEqual(second.activation())
    ownership.release(again, LB)
    expect(ownership.ownerOf(LB)).toBe('fr-par-a')
    ownership.ended(second)
    expect([ownership.ownerOf(LB), b.activation()]).toMatchObject(['fr-par-b', { lb_id: LB }])
  })

  test('a failover names the other node, and is reported when that accepts', () => {
    const { a, b } = subject.bothClaim()
    ownership.ended(a, { reason: 'hung', at: subject.now - 390 })
    expect([ownership.ownerOf(LB), subject.takeovers]).toEqual(['fr-par-b', []])
    subject.now += 10
    ownership.accepting(b, LB)
    ownership.accepting(b, LB)
    expect(subject.takeovers).toEqual([subject.takeover('a', 'b', 'hung', 400)])
    const [takeover] = subject.takeovers
    expect(b.activation()).toMatchObject({ failover_id: takeover?.id, since: takeover?.at })
  })

  test('all that a node owned is handed over in one message, and reported as it is confirmed', () => {
    const { a, b } = subject.bothClaim()
    const others = [claim([1], 'lb-2', '127.77.1.2'), claim([1], 'lb-3', '127.77.1.3')]
    for (const one of [a, b]) for (const other of others) ownership.claim(one, other)
    ownership.ended(a)
    expect(b.types().filter((type) => type === 'activate')).toHaveLength(1)
    const lbIds = ['lb-3', LB, 'lb-2']
    for (const lbId of lbIds) ownership.accepting(b, lbId)
    expect(subject.takeovers.map(({ lb_id }) => lb_id)).toEqual(lbIds)
    expect(new Set(subject.takeovers.map(({ id }) => id)).size).toBe(3)
  })

  test('where both are away, the first that returns becomes the owner', () => {
    const { a, b } = subject.bothClaim()
    ownership.ended(a)
    subject.now += 100
    ownership.ended(b)
    expect(ownership.ownerOf(LB)).toBeNull()
    const again = subject.claiming('fr-par-b')
    expect(ownership.ownerOf(LB)).toBe('fr-par-b')
    subject.now += 200
    ownership.accepting(again, LB)
    expect(subject.takeovers).toEqual([subject.takeover('a', 'b', 'ended', 300)])
  })

  test('messages that no longer apply are ignored', () => {
    const { a, b } = subject.bothClaim()
    ownership.stoppedAccepting(a, LB)
    ownership.accepting(b, LB)
    expect(ownership.ownerOf(LB)).toBe('fr-par-a')
    ownership.ended(a)
    const again = subject.claiming('fr-par-a')
    ownership.ended(b)
    expect(ownership.ownerOf(LB)).toBe('fr-par-a')
    // Late words of the processes before.
    ownership.accepting(a, LB)
    ownership.ended(a)
    ownership.release(b, LB)
    ownership.stoppedAccepting(b, LB)
    expect([ownership.ownerOf(LB), subject.takeovers]).toEqual(['fr-par-a', []])
    ownership.accepting(again, LB)
    expect(subject.takeovers).toEqual([subject.takeover('a', 'a', 'ended', 0)])
  })

  test('a switchover names the other node after the owner has stopped accepting', async () => {
    const { a, b } = subject.bothClaim()
    const result = ownership.switchOver(LB)
    expect([a.activation(), b.activation(), ownership.ownerOf(LB)]).toEqual([null, null, null])
    subject.now += 0.3
    ownership.stoppedAccepting(a, LB)
    expect(ownership.ownerOf(LB)).toBe('fr-par-b')
    subject.now += 0.5
    ownership.accepting(b, LB)
    const failover = subject.takeover('a', 'b', 'planned', 0.8)
    expect(await result).toEqual({ lbId: LB, failover })
    expect(subject.takeovers).toEqual([])
    expect(b.activation()).toMatchObject({ failover_id: expect.any(String) })
  })

  test('a switchover waits for every worker of the owner, whatever is claimed in between', () => {
    const [first, second] = [subject.claiming('fr-par-a', 1, 2), subject.claiming('fr-par-a', 2, 2)]
    const b = subject.claiming('fr-par-b')
    void ownership.switchOver(LB, 'b')
    ownership.stoppedAccepting(first, LB)
    for (const one of [first, b]) ownership.claim(one, claim([8121, 8122, 8123]))
    expect([ownership.ownerOf(LB), b.activation()]).toEqual([null, null])
    ownership.stoppedAccepting(second, LB)
    expect(ownership.ownerOf(LB)).toBe('fr-par-b')
    expect([first.activation(), second.activation()]).toEqual([null, null])
  })

  test('a switchover goes on where the owner ends instead, interrupted since it was last heard', async () => {
    const { a, b } = subject.bothClaim()
    const result = ownership.switchOver(LB)
    ownership.ended(a, { reason: 'ended', at: subject.now - 40 })
    expect(ownership.ownerOf(LB)).toBe('fr-par-b')
    subject.now += 5
    ownership.accepting(b, LB)
    const failover = subject.takeover('a', 'b', 'planned', 45)
    expect(await result).toEqual({ lbId: LB, failover })
  })

  test('a switchover gives the address back where the target ends', async () => {
    const { a, b } = subject.bothClaim()
    const result = ownership.switchOver(LB)
    ownership.ended(b)
    ownership.stoppedAccepting(a, LB)
    expect([ownership.ownerOf(LB), a.activation()]).toMatchObject(['fr-par-a', { lb_id: LB }])
    ownership.accepting(a, LB)
    const problem = expect.stringMatching(/cluster a keeps the traffic/)
    expect(await result).toEqual({ lbId: LB, problem })
  })

  test('a switchover that takes too long is a problem for its caller, and is reported when it ends', async () => {
    const { a, b } = subject.bothClaim()
    const result = ownership.switchOver(LB)
    vi.advanceTimersByTime(SWITCHOVER_MS_MAX)
    expect(await result).toEqual({ lbId: LB, problem: 'The instance does not answer in time.' })
    subject.now += 6000
    ownership.stoppedAccepting(a, LB)
    ownership.accepting(b, LB)
    expect(subject.takeovers).toEqual([subject.takeover('a', 'b', 'planned', 6000)])
  })

  test.each([
    ['no node owns it', 'lb-2', undefined, /No instance accepts/],
    ['the target is the owner', LB, 'a', /cluster a has its traffic/],
    ['the target has ended', LB, 'b', /cluster b is not ready/],
  ] as const)('a switchover is refused where %s', async (_case, lbId, to, problem) => {
    const { b } = subject.bothClaim()
    if (to === 'b') ownership.ended(b)
    const refused = { lbId, problem: expect.stringMatching(problem) }
    expect(await ownership.switchOver(lbId, to)).toEqual(refused)
    expect(ownership.ownerOf(LB)).toBe('fr-par-a')
  })

  test('a switchover is refused during a takeover', async () => {
    const { a } = subject.bothClaim()
    const refused = { lbId: LB, problem: 'It is changing instances already.' }
    void ownership.switchOver(LB)
    expect(await ownership.switchOver(LB)).toEqual(refused)
    ownership.ended(a)
    expect(await ownership.switchOver(LB)).toEqual(refused)
  })

  test('a node is drained, and every master gets its address back', async () => {
    const { a, b } = subject.bothClaim()
    const second = claim([8121], 'lb-2', '127.77.1.2')
    for (const one of [a, b]) ownership.claim(one, second)
    const move = (from: RecordedWorker, to: RecordedWorker, order: Promise<unknown>) => {
      for (const lbId of [LB, 'lb-2']) ownership.stoppedAccepting(from, lbId)
      for (const lbId of [LB, 'lb-2']) ownership.accepting(to, lbId)
      return order
    }
    expect(await ownership.rebalance('fr-par')).toEqual([])
    expect(await move(a, b, ownership.drain('fr-par-a'))).toMatchObject([
      { lbId: LB, failover: { to: 'b' } },
      { lbId: 'lb-2', failover: { to: 'b' } },
    ])
    expect(await ownership.drain('fr-par-a')).toEqual([])
    expect(await ownership.rebalance('nl-ams')).toEqual([])
    await move(b, a, ownership.rebalance('fr-par'))
    expect([ownership.ownerOf(LB), ownership.ownerOf('lb-2')]).toEqual(['fr-par-a', 'fr-par-a'])
  })

  test('a master that has returned becomes the owner again after the configured time', () => {
    start(FAILBACK_MS)
    const { a, b } = subject.bothClaim()
    ownership.ended(a)
    ownership.accepting(b, LB)
    const again = subject.claiming('fr-par-a')
    vi.advanceTimersByTime(FAILBACK_MS - 1)
    expect(ownership.ownerOf(LB)).toBe('fr-par-b')
    vi.advanceTimersByTime(1)
    ownership.stoppedAccepting(b, LB)
    subject.now += 1
    ownership.accepting(again, LB)
    expect(subject.takeovers.at(-1)).toEqual(subject.takeover('b', 'a', 'planned', 1))
  })

  test('an owner that a person chose stays in spite of failback', () => {
    start(FAILBACK_MS)
    const { a, b } = subject.bothClaim()
    void ownership.switchOver(LB)
    ownership.stoppedAccepting(a, LB)
    ownership.accepting(b, LB)
    ownership.claim(a, CLAIM)
    vi.advanceTimersByTime(2 * FAILBACK_MS)
    expect(ownership.ownerOf(LB)).toBe('fr-par-b')
  })

  const activation = { lb_id: LB, since: '2026-01-01T00:00:00.000Z', failover_id: 'f-1' }

  /** The backup is the owner, as the previous supervisor decided. */
  function adopting(): { a: RecordedWorker; b: RecordedWorker } {
    ownership.beginAdoption()
    const [a, b] = [subject.claiming('fr-par-a'), subject.claiming('fr-par-b')]
    return { a, b }
  }

  test('an adopted owner stays, with the failover that activated it', () => {
    const { a, b } = adopting()
    ownership.adoptOwner(b, activation)
    ownership.endAdoption()
    expect(ownership.ownerOf(LB)).toBe('fr-par-b')
    expect([a.activation(), b.activation()]).toEqual([null, null])
    const second = subject.claiming('fr-par-b', 2, 2)
    expect(second.activation()).toEqual(activation)
  })

  test('no owner is named before the end of adoption, then at once', () => {
    const { a, b } = adopting()
    vi.advanceTimersByTime(2 * MASTER_GRACE_MS)
    expect([ownership.ownerOf(LB), a.activation(), b.activation()]).toEqual([null, null, null])
    ownership.endAdoption()
    expect(ownership.ownerOf(LB)).not.toBeNull()
    expect([a, b].filter((one) => one.activation())).toHaveLength(1)
  })

  test('an owner that ends during adoption is replaced afterwards', () => {
    const { a, b } = adopting()
    ownership.adoptOwner(b, activation)
    ownership.ended(b)
    expect([ownership.ownerOf(LB), a.activation()]).toEqual([null, null])
    ownership.endAdoption()
    subject.now += 20
    ownership.accepting(a, LB)
    expect(subject.takeovers).toEqual([subject.takeover('b', 'a', 'ended', 20)])
  })
})
