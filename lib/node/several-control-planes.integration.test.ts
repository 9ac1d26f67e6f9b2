import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { ControlPlane, eventually, Supervised } from '#lib/testing/node/node-process.ts'
import { testConfig } from '#lib/testing/runtime/running-lb.ts'

let dataDir: string
let one: ControlPlane
let other: ControlPlane
let urls: string[]
let node: Supervised

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'fairlead-several-'))
  one = new ControlPlane()
  other = new ControlPlane()
  urls = [await one.listen(), await other.listen()]
  node = new Supervised(urls[0] ?? '', dataDir, { apiUrls: urls })
  await eventually(() => one.hellos.length > 0 && other.hellos.length > 0)
})

afterEach(async () => {
  node.process.kill('SIGKILL')
  await node.exit()
  one.close()
  other.close()
  rmSync(dataDir, { recursive: true })
})

const LB = 'lb-1'
const config = (generation: number): DesiredConfig => ({
  ...testConfig([], [], { address: null, generation }),
  lb_id: LB,
  revision: `r${generation}`,
})
const generationAt = (controlPlane: ControlPlane) =>
  controlPlane.reports.get(1)?.get(LB)?.generation
const expectReported = (generation: number) => eventually(() => generationAt(one) === generation)

test('a node applies what any control plane sends, and reports it to all', async () => {
  one.say({ type: 'apply', config: config(1), as_of: 10 })
  await expectReported(1)
  await eventually(() => generationAt(other) === 1)
  other.say({ type: 'apply', config: config(2), as_of: 11 })
  await expectReported(2)
  await eventually(() => generationAt(other) === 2)
})

test('a control plane that lags behind neither removes what is newer nor brings back what was removed', async () => {
  one.say({ type: 'apply', config: config(2), as_of: 20 })
  await expectReported(2)
  other.say({ type: 'remove', lb_id: LB, as_of: 19 })
  other.say({ type: 'apply', config: config(1), as_of: 19 })
  // Its next message shows that the former ones were read.
  other.say({ type: 'apply', config: { ...config(3), lb_id: 'lb-2' }, as_of: 20 })
  await eventually(() => other.reports.get(1)?.get('lb-2')?.generation === 3)
  expect(generationAt(other)).toBe(2)

  one.say({ type: 'remove', lb_id: LB, as_of: 30 })
  other.say({ type: 'apply', config: config(2), as_of: 20 })
  // What the node has is what it says when it connects again.
  const connects = one.hellos.length
  one.cut()
  await eventually(() => one.hellos.length > connects)
  expect(Object.keys(one.hellos.at(-1)?.known ?? {})).toEqual(['lb-2'])
})

test('only the control plane that asked for a draft check gets its outcome', async () => {
  const draft = {
    servers: [],
    health_check: {
      kind: { type: 'tcp' as const },
      ...{ port: 80, delay: 1000, transient_delay: 500, timeout: 1000, retries: 3 },
      send_proxy: false,
    },
    proxy_protocol: 'none' as const,
    tls: null,
  }
  other.say({ type: 'check', id: 'asked', draft })
  await eventually(() => other.checks.includes('asked'))
  expect(one.checks).toEqual([])
})

test('a running node follows those that its supervisor names, and the others no more', async () => {
  const third = new ControlPlane()
  const url = await third.listen()
  one.say({ type: 'apply', config: config(1), as_of: 10 })
  await expectReported(1)
  node.process.send({ type: 'control_planes', api_urls: [urls[0], url] })
  await eventually(() => third.hellos.length > 0)
  expect(third.hellos[0]?.known[LB]?.generation).toBe(1)
  await eventually(() => generationAt(third) === 1)
  await eventually(() => other.ended > 0)
  third.say({ type: 'apply', config: config(2), as_of: 12 })
  await expectReported(2)
  expect(one.hellos.length).toBe(1)
  expect(generationAt(other)).toBe(1)
  third.close()
})

test('a control plane that is away does not disturb the others', async () => {
  other.close()
  one.say({ type: 'apply', config: config(1), as_of: 10 })
  await expectReported(1)
  one.say({ type: 'remove', lb_id: LB, as_of: 11 })
  one.say({ type: 'apply', config: config(2), as_of: 12 })
  await expectReported(2)
})
