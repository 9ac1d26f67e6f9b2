import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { quarantinePath } from '#lib/protocol/quarantine.ts'
import { ENDS_WITHIN_MS, Quarantines } from './quarantines.ts'

const NOW = Date.parse('2026-07-21T10:00:00Z')
const blame = { lb_id: 'x', generation: 12, cause: 'hung_applying' } as const
const quarantined = { ...blame, since: '2026-07-21T10:00:01.000Z' }

let dataDir: string
const fail = (error: unknown) => {
  throw error
}
const quarantines = () => new Quarantines(dataDir, fail)

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'fairlead-quarantine-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

test('the second end quarantines a generation on that node only, and restarts keep it', () => {
  expect(quarantines().blame('fr-par-a', blame, NOW)).toBeNull()
  expect(quarantines().of('fr-par-a')).toEqual([])
  expect(quarantines().blame('fr-par-a', blame, NOW + 1000)).toEqual(quarantined)
  expect(quarantines().of('fr-par-a')).toEqual([quarantined])
  expect(quarantines().of('fr-par-b')).toEqual([])
})

test.each([
  ['another generation', { ...blame, generation: 13 }, 1000],
  ['another load balancer', { ...blame, lb_id: 'y' }, 1000],
  ['much later', blame, ENDS_WITHIN_MS + 1],
])('two ends are not added up: %s', (_case, other, later) => {
  const all = quarantines()
  all.blame('fr-par-a', blame, NOW)
  expect(all.blame('fr-par-a', other, NOW + later)).toBeNull()
})

test('a newer generation that ends the node too is quarantined in addition', () => {
  const all = quarantines()
  for (const generation of [12, 12, 13, 13]) all.blame('fr-par-a', { ...blame, generation }, NOW)
  expect(all.of('fr-par-a').map(({ generation }) => generation)).toEqual([12, 13])
})

test('a release removes all generations of a load balancer, and its counted ends', () => {
  const all = quarantines()
  for (let end = 0; end < 2; end += 1) all.blame('fr-par-a', blame, NOW)
  expect(all.release('fr-par-a', 'y')).toBe(false)
  expect(all.release('fr-par-a', 'x')).toBe(true)
  expect(quarantines().of('fr-par-a')).toEqual([])
  expect(all.blame('fr-par-a', blame, NOW)).toBeNull()
})

test('an invalid file counts as empty', () => {
  quarantines().blame('fr-par-a', blame, NOW)
  writeFileSync(quarantinePath(dataDir, 'fr-par-a'), '{"ends":')
  expect(quarantines().blame('fr-par-a', blame, NOW)).toBeNull()
})
