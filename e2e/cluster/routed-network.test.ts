import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MachineProcess } from '#lib/testing/network/machine-process.ts'
import {
  Bridge,
  ip,
  killProcesses,
  type Machine,
  removeAbandonedNamespaces,
  whyNoNamespaces,
} from '#lib/testing/network/namespaces.ts'
import { Probes } from '#lib/testing/network/probes.ts'
import { waitFor } from '#lib/testing/wait.ts'

const hasBird = spawnSync('bird', ['--version']).status === 0
const problem = whyNoNamespaces() ?? (hasBird ? null : 'bird is not installed')
if (problem) console.log(`The test of routed networks is skipped: ${problem}.`)

const PAGE = 'app/(console)/docs/several-machines.md'
const SERVER = new URL('../../lib/testing/network/letter-server.ts', import.meta.url).pathname
const HA_IP = '203.0.113.1'
const ROUTER = '10.99.0.254'
/** Not a limit of BFD's, which is 150 ms, but of a busy machine. */
const GAP_MAX_MS = 3000

/** BIRD's configurations in the documentation: of the preferred host, and of the router. */
function documented(): { host: string; router: string } {
  const section = /^## Routed networks\n(.*?)^## /ms.exec(readFileSync(PAGE, 'utf8'))?.[1] ?? ''
  const blocks = [...section.matchAll(/^```\w*\n(.*?)^```/gms)].map(([, text]) => text ?? '')
  const [host = '', router = ''] = blocks.filter((text) => text.startsWith('router id'))
  return { host, router }
}

describe.skipIf(problem)('a routed network, as documented', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-bird-'))
  let bridge: Bridge
  let probes: Probes
  let hosts: Machine[]

  const remove = () => {
    for (const { namespace } of bridge.machines) killProcesses(namespace)
    bridge.remove()
    rmSync(directory, { recursive: true })
  }
  const runBird = (machine: Machine, config: string) => {
    const path = join(directory, machine.name)
    writeFileSync(`${path}.conf`, config)
    const files = ['-c', `${path}.conf`, '-s', `${path}.sock`, '-P', `${path}.pid`]
    new MachineProcess(machine, ['bird', '-f', ...files])
  }
  const setUpHost = async (machine: Machine, network: number, letter: string) => {
    const { host } = documented()
    const { namespace } = machine
    ip('-n', namespace, 'address', 'add', `10.98.${network}.1/24`, 'dev', 'eth0')
    ip('-n', namespace, 'address', 'add', `${HA_IP}/32`, 'dev', 'lo')
    const own = host.replaceAll('10.98.1.', `10.98.${network}.`)
    runBird(machine, own.replace('bgp_med = 10', `bgp_med = ${network}0`))
    await new MachineProcess(machine, [process.execPath, SERVER, letter], 'real-time').started()
  }

  beforeAll(async () => {
    removeAbandonedNamespaces()
    bridge = new Bridge()
    const router = bridge.add('r', ROUTER)
    hosts = [bridge.add('a', '10.99.0.1'), bridge.add('b', '10.99.0.2')]
    const client = bridge.add('c', '10.99.0.10')
    probes = new Probes(client, bridge.add('w', '10.99.0.11'))
    for (const network of [1, 2]) {
      ip('-n', router.namespace, 'address', 'add', `10.98.${network}.254/24`, 'dev', 'eth0')
    }
    const forwarding = ['net.ipv4.ip_forward=1', 'net.ipv4.conf.all.send_redirects=0']
    ip('netns', 'exec', router.namespace, 'sysctl', '-qw', ...forwarding)
    ip('-n', client.namespace, 'route', 'add', '203.0.113.0/28', 'via', ROUTER)
    runBird(router, documented().router)
    await Promise.all(hosts.map((host, at) => setUpHost(host, at + 1, 'ab'.charAt(at))))
    const route = () => ip('-n', router.namespace, 'route', 'get', HA_IP)
    await waitFor(
      'the route to the preferred host',
      () => route().includes('via 10.98.1.1'),
      60_000,
    )
    await waitFor('both BFD sessions', () => {
      const socket = join(directory, `${router.name}.sock`)
      const shown = spawnSync('birdc', ['-s', socket, 'show', 'bfd', 'sessions'], {
        encoding: 'utf8',
      })
      return shown.stdout.match(/\bUp\b/g)?.length === 2
    })
  })
  afterAll(remove)

  test('the other host gets the traffic of one that dies', async () => {
    const figures = await probes.measure(HA_IP, async () => {
      const [first] = hosts
      if (!first) throw new Error('There are two hosts.')
      bridge.cut(first)
      killProcesses(first.namespace)
    })
    console.log(`routed network, host dies: gap ${figures.gapMs.toFixed(0)} ms`)
    expect(figures.letters).toBe('ab')
    expect(figures.gapMs).toBeLessThan(GAP_MAX_MS)
  })
})
