import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Figures, UNHURRIED_PROBE_MS } from '#lib/testing/network/probes.ts'
import type { SystemdMachine } from '#lib/testing/systemd/systemd-machine.ts'
import { whyNoSystemd } from '#lib/testing/systemd/why-no-systemd.ts'
import { documentedBlocks, scriptOf } from './documented-commands.ts'
import { Stage } from './stage.ts'
import { UnitsLab } from './units-lab.ts'

const problem = whyNoSystemd()
if (problem) console.log(`The tests of the systemd units are skipped: ${problem}.`)

const HELPER = /^fairlead network/
const KEEPALIVED = /keepalived/
const NODE = /^fairlead node/
const SUPERVISOR = /^fairlead supervisor/
const MEASURE_MS = 1000
/** Users are promised 250 ms. Other processes run on the test's CPUs. */
const GAP_MAX_MS = 3250

describe.skipIf(problem)('the systemd units, as documented', { tags: ['in-order'] }, () => {
  let stage: Stage<UnitsLab>
  let first: SystemdMachine

  beforeAll(async () => {
    stage = await Stage.on(await UnitsLab.start())
    first = stage.first.machine
  })
  afterAll(() => stage?.[Symbol.dispose]())

  /** What happens to clients while something happens to lb-1, which has the load balancer. */
  async function measure(what: string, act: () => Promise<void> | void): Promise<Figures> {
    await stage.giveTo(stage.first)
    const { probes } = stage.lab
    const run = async () => act()
    const figures = await probes.measure(stage.address, run, MEASURE_MS, UNHURRIED_PROBE_MS)
    const { gapMs, lost, letters } = figures
    console.log(`${what}: gap ${gapMs.toFixed(0)} ms, lost ${lost}, answered by ${letters}`)
    return figures
  }

  function expectFailover({ letters, gapMs }: Figures): void {
    expect(letters).toBe('12')
    expect(gapMs).toBeLessThan(GAP_MAX_MS)
  }

  test('every unit runs, and the helper in real time', () => {
    const units = 'fairlead-network fairlead-node'
    expect(first.run(`systemctl is-active ${units}`)).toBe('active\nactive')
    expect(stage.lab.controlPlane.run('systemctl is-active fairlead')).toBe('active')
    for (const { machine } of stage.lab.hosts) {
      expect(machine.run('systemctl --failed --no-legend')).toBe('')
      const [helper] = machine.pids(HELPER)
      const [, keepalived] = machine.pids(KEEPALIVED)
      const policies = [helper, keepalived].map((pid) => machine.schedulingOf(pid))
      expect(policies).toEqual(['SCHED_RR 10', 'SCHED_RR 50'])
    }
  })

  test.each([
    ['restart', () => first.run('systemctl restart fairlead-network')],
    ['kill', () => first.signal(HELPER, 'SIGKILL')],
  ])('%s fairlead-network: nothing changes for clients', async (what, act) => {
    await stage.giveTo(stage.first)
    const before = first.pids(KEEPALIVED)
    const helpers = first.pids(HELPER)
    const { lost, letters } = await measure(`${what} fairlead-network`, () => void act())
    expect([lost, letters]).toEqual([0, '1'])
    expect(first.pids(KEEPALIVED)).toEqual(before)
    await expect.poll(() => first.pids(HELPER)).not.toEqual(helpers)
    await expect.poll(() => first.run('systemctl is-active fairlead-network')).toBe('active')
  })

  test('kill the supervisor of fairlead-node: the next one adopts the node', async () => {
    const before = first.pids(NODE)
    const { lost, letters } = await measure('kill the supervisor', () => {
      first.signal(SUPERVISOR, 'SIGKILL')
    })
    expect([lost, letters]).toEqual([0, '1'])
    await expect.poll(() => first.pids(SUPERVISOR).length).toBe(1)
    await stage.connected('lb-1', true)
    expect(first.pids(NODE)).toEqual(before)
  })

  test('restart fairlead on the control plane: nothing changes for clients', async () => {
    const { lost, letters } = await measure('restart fairlead', () => {
      stage.lab.controlPlane.run('systemctl restart fairlead')
    })
    expect([lost, letters]).toEqual([0, '1'])
    await stage.connected('lb-1', true)
  })

  test('an upgrade of a drained host loses no connection', async () => {
    const [upgrade = ''] = documentedBlocks('several-machines', '## Maintenance and upgrades')
    const { lost, letters } = await measure('drain and upgrade', async () => {
      await stage.api.ok('POST', '/fairlead/v1/nodes/lb-1/drain')
      first.run(scriptOf(upgrade))
    })
    expect([lost, letters]).toEqual([0, '12'])
    await stage.connected('lb-1', true)
    await stage.api.ok('POST', '/fairlead/v1/nodes/lb-1/undrain')
  })

  test.each(['restart fairlead-node', 'restart fairlead-network fairlead-node'])(
    'systemctl %s: the other host takes over',
    async (command) => {
      expectFailover(await measure(command, () => void first.run(`systemctl ${command}`)))
    },
  )

  test.each(['stop fairlead-network', 'stop fairlead-network fairlead-node'])(
    'systemctl %s: the other host takes over, and nothing answers here',
    async (command) => {
      expectFailover(await measure(command, () => void first.run(`systemctl ${command}`)))
      expect(first.pids(KEEPALIVED)).toEqual([])
      expect(first.run('nft list tables')).toBe('')
      expect(first.run('ip address show dev lo')).not.toContain(stage.address)
      // This starts the network helper too.
      first.run('systemctl restart fairlead-node')
    },
  )

  test('a host that dies, and boots', async () => {
    expectFailover(await measure('host dies', () => first.die()))
    await first.bootAgain()
    await stage.connected('lb-1', true)
  })

  test('a host that reboots', async () => {
    expectFailover(await measure('reboot', () => first.shutDown()))
    await first.bootAgain()
    await stage.giveTo(stage.first)
  })
})
