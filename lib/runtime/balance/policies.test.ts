import { describe, expect, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { testBackend } from '#lib/testing/runtime/running-lb.ts'
import { Server } from '../server.ts'
import { policyOf } from './policies.ts'

const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
const servers = () => ADDRESSES.map((address) => new Server('backend', address, 80))
const anyone = { address: '192.0.2.1', cookies: [] }
const policy = (overrides: Partial<DesiredBackend>) => policyOf(testBackend(80, overrides))

/** Chooses as often as that, as a backend does, and counts how often each server was chosen. */
function spread(choose: ReturnType<typeof policy>, among: Server[], times: number): number[] {
  const counts = among.map(() => 0)
  for (let turn = 1; turn <= times; turn += 1) {
    const server = choose(among, anyone, null)
    if (!server) continue
    server.lastChosen = Math.max(...among.map(({ lastChosen }) => lastChosen)) + 1
    counts[among.indexOf(server)] = (counts[among.indexOf(server)] ?? 0) + 1
  }
  return counts
}

describe('roundrobin', () => {
  const choose = policy({ algorithm: 'roundrobin' })

  test('is exactly even', () => {
    expect(spread(choose, servers(), 300)).toEqual([100, 100, 100])
  })

  test('is even among the rest while one is down, and with no burst when it is back', () => {
    const [a, b, c] = servers() as [Server, Server, Server]
    b.state = 'down'
    expect(spread(choose, [a, b, c], 20)).toEqual([10, 0, 10])
    b.state = 'up'
    expect(spread(choose, [a, b, c], 30)).toEqual([10, 10, 10])
  })

  test('leaves out who is full and who is excluded; none is none', () => {
    const [a, b, c] = servers() as [Server, Server, Server]
    a.limit = 1
    a.inUse = 1
    expect(choose([a, b, c], anyone, b)).toBe(c)
    c.state = 'down'
    expect(choose([a, b, c], anyone, b)).toBeNull()
  })
})

test('leastconn takes the one with the fewest connections, in turn among equals', () => {
  const choose = policy({ algorithm: 'leastconn' })
  const [a, b, c] = servers() as [Server, Server, Server]
  a.inUse = 2
  b.inUse = 1
  c.inUse = 1
  b.lastChosen = 1
  expect(choose([a, b, c], anyone, null)).toBe(c)
  c.lastChosen = 2
  expect(choose([a, b, c], anyone, null)).toBe(b)
})

test('first fills servers in the order given', () => {
  const choose = policy({ algorithm: 'first' })
  const [a, b] = servers() as [Server, Server]
  a.limit = 1
  expect(choose([a, b], anyone, null)).toBe(a)
  a.inUse = 1
  expect(choose([a, b], anyone, null)).toBe(b)
})

test('cookie keeps a client on its server, and falls back to the algorithm', () => {
  const choose = policy({ sticky: { type: 'cookie', name: 'S', nocache: true } })
  const [a, b, c] = servers() as [Server, Server, Server]
  const returning = { ...anyone, cookies: [c.opaqueId] }
  expect(choose([a, b, c], returning, null)).toBe(c)
  c.state = 'down'
  expect(choose([a, b, c], returning, null)).toBe(a)
  expect(choose([a, b, c], { ...anyone, cookies: ['made up'] }, null)).toBe(a)
})

describe('table', () => {
  const choose = policy({ sticky: { type: 'table' } })
  const clients = Array.from({ length: 3000 }, (_, index) => ({
    address: `192.0.${index >> 8}.${index & 255}`,
    cookies: [],
  }))
  const choices = (among: Server[]) => clients.map((client) => choose(among, client, null)?.address)

  test('spreads clients, and both nodes agree', () => {
    const chosen = choices(servers())
    expect(choices(servers().reverse())).toEqual(chosen)
    for (const address of ADDRESSES) {
      const share = chosen.filter((choice) => choice === address).length / clients.length
      expect(share).toBeGreaterThan(0.3)
      expect(share).toBeLessThan(0.37)
    }
  })

  test('a server that goes away moves only its own clients', () => {
    const [a, b, c] = servers() as [Server, Server, Server]
    const before = choices([a, b, c])
    b.state = 'down'
    const moved = choices([a, b, c]).filter((choice, index) => choice !== before[index])
    expect(moved).toHaveLength(before.filter((choice) => choice === b.address).length)
  })
})
