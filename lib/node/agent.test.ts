import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { NodeSettings } from '#lib/protocol/settings/node-settings.ts'
import type { NodeToSupervisor } from '#lib/protocol/supervision.ts'
import { AccessLogs } from '#lib/runtime/access-log/access-logs.ts'
import { ProxyEngine } from '#lib/runtime/proxy-engine.ts'
import { BUILT_IN } from '#lib/runtime/sockets/egress-gate.ts'
import { pathRegex, testAcl } from '#lib/testing/runtime/rules.ts'
import { testBackend, testConfig, testFrontend, until } from '#lib/testing/runtime/running-lb.ts'
import { outlast } from '#lib/testing/wait.ts'
import { Agent } from './agent.ts'
import { ApplyGrant } from './apply-grant.ts'
import { SupervisorListeners } from './supervision/supervisor-listeners.ts'

/** An agent that needs grants, and its messages to the supervisor. */
function startAgent() {
  const dataDir = mkdtempSync(join(tmpdir(), 'fairlead-agent-'))
  mkdirSync(join(dataDir, 'nodes', 'fr-par-a'), { recursive: true })
  const sent: NodeToSupervisor[] = []
  const settings: NodeSettings = {
    node: 'fr-par-a',
    apiUrls: ['http://127.0.0.1:1'],
    credential: 'secret',
    identityFile: null,
    dataDir,
    worker: 1,
    workers: 1,
    runDir: null,
    heartbeatMs: 50,
    needsApplyGrant: true,
    egress: BUILT_IN,
  }
  const log = pino({ level: 'silent' })
  const send = (message: NodeToSupervisor) => sent.push(message)
  const accessLogs = new AccessLogs({ directory: dataDir, node: settings.node, worker: 1 }, log)
  const engine = new ProxyEngine({
    source: new SupervisorListeners(send),
    accessLogs,
    journal: null,
  })
  const grant = new ApplyGrant(send, true)
  const agent = new Agent({ settings, engine, grant, send, log })
  onTestFinished(async () => {
    grant.supervisorLost()
    await agent.stop()
    rmSync(dataDir, { recursive: true })
  })
  const count = (type: NodeToSupervisor['type']) =>
    sent.filter((message) => message.type === type).length
  const generation = (lbId: string) => engine.known()[lbId]?.generation ?? null
  return { agent, grant, count, generation }
}

const config = (generation: number, lb_id?: string): DesiredConfig => {
  const made = testConfig([], [], { address: null, generation })
  return lb_id ? { ...made, lb_id } : made
}

/** Defers a change for 50 ms, as if it had just crashed the other node. Resolves once it is deferred. */
async function defer(
  { agent, grant, count }: ReturnType<typeof startAgent>,
  change: DesiredConfig,
) {
  const { lb_id, generation } = change
  agent.push({ type: 'apply', config: change })
  grant.granted([{ lb_id, generation, for_ms: 50 }])
  await until(() => count('apply_done') === 1)
}

test('a deferred change is applied later', async () => {
  const started = startAgent()
  const poison = config(2)
  await defer(started, poison)
  expect(started.generation(poison.lb_id)).toBeNull()
  await until(() => started.count('apply_request') === 2)
  started.grant.granted([])
  await until(() => started.generation(poison.lb_id) === 2)
})

test.each(['apply', 'remove'] as const)(
  'a deferred change does not replace a queued %s',
  async (type) => {
    const started = startAgent()
    const { agent, grant, count, generation } = started
    const poison = config(2)
    const { lb_id } = poison
    await defer(started, poison)
    agent.push(type === 'apply' ? { type, config: config(3, lb_id) } : { type, lb_id })
    // Another process holds the grant until after the deferral.
    await outlast(100)
    grant.granted([])
    await until(() => count('apply_done') === 2)
    expect(generation(lb_id)).toBe(type === 'apply' ? 3 : null)
    expect(count('apply_request')).toBe(2)
  },
)

test('a generation that is quarantined while it is prepared is not applied', async () => {
  const { agent, grant, count, generation } = startAgent()
  const backend = testBackend(80)
  const acls = Array.from({ length: 60 }, (_, at) => testAcl(pathRegex(`a.{100}b.{80}c${at}`)))
  const frontends = [{ ...testFrontend(8080, backend), acls }]
  const poison = testConfig(frontends, [backend], { generation: 2, address: null })
  const { lb_id } = poison
  agent.push({ type: 'apply', config: poison })
  grant.granted([])
  await Promise.resolve()
  expect(generation(lb_id)).toBeNull()
  const since = new Date().toISOString()
  agent.onQuarantine([{ lb_id, generation: 2, since, cause: 'hung_applying' }])
  await until(() => count('apply_done') === 1)
  expect(generation(lb_id)).toBeNull()
  // The node counts it as known, so it is not sent again.
  expect(agent.known()[lb_id]?.generation).toBe(2)
})
