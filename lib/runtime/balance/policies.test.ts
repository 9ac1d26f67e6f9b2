import { describe, expect, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { testBackend } from '#lib/testing/runtime/running-lb.ts'
import { Server } from '../server.ts'
import { policyOf } from './policies.ts'

const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
const servers = () => ADDRESSES.map((address) => new Server('backend', address, 80))
const anyClient = { address: '192.0.2.1', cookies: [] }
const policy = (overrides: Partial<DesiredBackend>) => policyOf(testBackend(80, overrides))

/** Chooses a server a number of times, as a backend does, and counts the choices of each. */
function distribution(choose: ReturnType<typeof policy>, among: Server[], times: number): number[] {
  const counts = among.map(() => 0)
  for (let round = 1; round <= times; round += 1) {
    const server = choose(among, anyClient, null)
    if (!server) continue
    server.lastChosen = Math.max(...among.map(({ lastChosen }) => lastChosen)) + 1
    counts[among.indexOf(server)] = (counts[among.indexOf(server)] ?? 0) + 1
  }
  return counts
}

describe('roundrobin', () => {
  const choose = policy({ algorithm: 'roundrobin' })

  test('is even', () => {
    expect(distribution(choose, servers(), 300)).toEqual([100, 100, 100])
  })

  test('is even among the others while one is down, and without a burst when it is up again', () => {
    const [a, b, c] = servers() as [Server, Server, Server]
    b.state = 'down'
    expect(distribution(choose, [a, b, c], 20)).toEqual([10, 0, 10])
    b.state = 'up'
    expect(distribution(choose, [a, b, c], 30)).toEqual([10, 10, 10])
  })

  test('skips full and excluded servers, and chooses none if there is no other', () => {
    const [a, b, c] = servers() as [Server, Server, Server]
    a.limit = 1
    a.inUse = 1
    expect(choose([a, b, c], anyClient, b)).toBe(c)
    c.state = 'down'
    expect(choose([a, b, c], anyClient, b)).toBeNull()
  })
})

test('leastconn chooses the server with the fewest connections, among equals the one chosen longest ago', () => {
  const choose = policy({ algorithm: 'leastconn' })
  const [a, b, c] = servers() as [Server, Server, Server]
  a.inUse = 2
  b.inUse = 1
  c.inUse = 1
  b.lastChosen = 1
  expect(choose([a, b, c], anyClient, null)).toBe(c)
  c.lastChosen = 2
  expect(choose([a, b, c], anyClient, null)).toBe(b)
})

test('first fills servers in configuration order', () => {
  const choose = policy({ algorithm: 'first' })
  const [a, b] = servers() as [Server, Server]
  a.limit = 1
  expect(choose([a, b], anyClient, null)).toBe(a)
  a.inUse = 1
  expect(choose([a, b], anyClient, null)).toBe(b)
})

test('a cookie keeps a client on its server, and the algorithm chooses if that is down', () => {
  const choose = policy({ sticky: { type: 'cookie', name: 'S', nocache: true } })
  const [a, b, c] = servers() as [Server, Server, Server]
  const returning = { ...anyClient, cookies: [c.opaqueId] }
  expect(choose([a, b, c], returning, null)).toBe(c)
  c.state = 'down'
  expect(choose([a, b, c], returning, null)).toBe(a)
  expect(choose([a, b, c], { ...anyClient, cookies: ['unknown'] }, null)).toBe(a)
})

describe('table', () => {
  const choose = policy({ sticky: { type: 'table' } })
  const clients = Array.from({ length: 3000 }, (_, index) => ({
    address: `192.0.${index >> 8}.${index & 255}`,
    cookies: [],
  }))
  const choices = (among: Server[]) => clients.map((client) => choose(among, client, null)?.address)

  test('distributes clients evenly, in the same way on both nodes', () => {
    const chosen = choices(servers())
    expect(choices(servers().reverse())).toEqual(chosen)
    for (const address of ADDRESSES) {
      const share = chosen.filter((choice) => choice === address).length / clients.length
      expect(share).toBeGreaterThan(0.3)
      expect(share).toBeLessThan(0.37)
    }
  })

  test('a server that goes down moves only its own clients', () => {
    const [a, b, c] = servers() as [Server, Server, Server]
    const before = choices([a, b, c])
    b.state = 'down'
    const moved = choices([a, b, c]).filter((choice, index) => choice !== before[index])
    expect(moved).toHaveLength(before.filter((choice) => choice === b.address).length)
  })
})
