import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { networksOf } from '#lib/core/networks.ts'
import { CommandServer } from '#lib/network/command-server.ts'
import type { Command, NetworkEvent } from '#lib/network/messages.ts'
import type { CarrierEvent, HostPair } from '../address-ownership/host-network.ts'
import { HelperNetwork } from './helper-network.ts'

const PAIR: HostPair = { number: 3, own: 'b', ownAddress: '10.99.0.2', peerAddress: '10.99.0.1' }
const CARRIER_A = { pair: 3, carrier: 'a' as const }
const ON_A = { address: '10.99.1.7', carrier: CARRIER_A }
const ALONE = { address: '10.99.1.8', carrier: null }
const LOOPBACK = { address: '127.51.0.1', carrier: null }

type Body = Record<string, unknown>

/** The socket of a helper, which records its commands. It can be away. */
class RecordedHelper {
  readonly socket: string
  readonly commands: Body[] = []
  snapshot: NetworkEvent[] = []
  refused: { type: Command['type']; error: string } | null = null
  #server: CommandServer | null = null

  constructor(directory: string) {
    this.socket = join(directory, 'network.sock')
  }

  async listen(): Promise<void> {
    const execute = async ({ id: _, ...body }: Command) => {
      if (this.refused?.type === body.type) throw new Error(this.refused.error)
      this.commands.push(body)
      return body.type === 'hand_over' ? { took_ms: 2 } : this.#status(body.type)
    }
    const handlers = { execute, snapshot: () => this.snapshot, onShutDown: () => this.close() }
    this.#server = new CommandServer(handlers, pino({ level: 'silent' }))
    await this.#server.listen(this.socket, process.getuid?.() ?? 0)
  }

  close(): void {
    this.#server?.close()
  }

  emit(event: NetworkEvent): void {
    this.#server?.emit(event)
  }

  of(type: Command['type']): Body[] {
    return this.commands.filter((command) => command.type === type)
  }

  #status(type: Command['type']): Body {
    if (type !== 'status') return {}
    const carriers = [3, 9].map((pair) => ({ pair, carrier: 'a', state: 'backup' }))
    const lists = { carriers, peers: [], addresses: [], problems: [] }
    return { ...lists, health_ok: true, advert_interval_ms: 40, lease_ms: 115 }
  }
}

function stage() {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-helper-'))
  const helper = new RecordedHelper(directory)
  const start = vi.fn<() => string | null>(() => null)
  const network = new HelperNetwork({
    helper: { socket: helper.socket, start, lastWords: () => 'It said no.' },
    networks: networksOf(['10.99.1.0/24']),
  })
  const carriers: CarrierEvent[] = []
  const problems: (string | null)[] = []
  network.onCarrier = (event) => carriers.push(event)
  network.onProblem = (problem) => problems.push(problem)
  onTestFinished(async () => {
    await network.shutDown()
    helper.close()
    rmSync(directory, { recursive: true })
  })
  return { helper, network, start, carriers, problems }
}

const soon = (assert: () => void) => vi.waitFor(assert, 5000)

test('sends health, pairs and then addresses at the connect', async () => {
  const { helper, network } = stage()
  await helper.listen()
  network.startPair(PAIR)
  network.setAddresses([ON_A, ALONE, LOOPBACK])
  network.setHealth(true)
  network.open()
  await soon(() =>
    expect(helper.commands).toEqual([
      { type: 'health', ok: true },
      {
        type: 'pair',
        number: 3,
        own: 'b',
        own_address: '10.99.0.2',
        peer_address: '10.99.0.1',
      },
      {
        type: 'addresses',
        set: [
          { address: '10.99.1.7', carriage: CARRIER_A },
          // Addresses of other networks are not the helper's.
          { address: '10.99.1.8', carriage: null },
        ],
      },
    ]),
  )
})

test('addresses are sent once they are known, and former pairs end when the nodes have claimed theirs', async () => {
  const { helper, network } = stage()
  await helper.listen()
  network.startPair(PAIR)
  network.open()
  await soon(() => expect(helper.of('pair')).toHaveLength(1))
  expect(helper.of('addresses')).toEqual([])
  network.removeFormerPairs()
  network.removeUnclaimedAddresses()
  await soon(() => expect(helper.of('addresses')).toEqual([{ type: 'addresses', set: [] }]))
  expect(helper.of('unpair')).toEqual([])
  network.removeFormerPairs()
  await soon(() => expect(helper.of('unpair')).toEqual([{ type: 'unpair', number: 9 }]))
})

test('sends addresses of other networks once they are set', async () => {
  const { helper, network } = stage()
  await helper.listen()
  network.setAddresses([ALONE, LOOPBACK])
  network.open()
  await soon(() => expect(helper.of('addresses')[0]?.set).toHaveLength(1))
  network.setNetworks(networksOf(['10.99.1.0/24', '127.51.0.0/24']))
  const added = [{ address: LOOPBACK.address, carriage: null }]
  await soon(() => expect(helper.of('change_addresses')[0]?.set).toEqual(added))
})

test('everything is sent again to the next helper', async () => {
  const { helper, network, start, problems } = stage()
  await helper.listen()
  network.startPair(PAIR)
  network.setAddresses([ON_A])
  network.open()
  await soon(() => expect(helper.of('addresses')).toHaveLength(1))
  helper.close()
  await soon(() => expect(start).toHaveBeenCalled())
  network.setHealth(true)
  await helper.listen()
  await soon(() => expect(helper.of('addresses')).toHaveLength(2))
  expect(helper.of('pair')).toHaveLength(2)
  expect(helper.of('health').at(-1)).toEqual({ type: 'health', ok: true })
  expect(problems).toEqual([])
})

test('a helper that cannot be started is a problem until it connects', async () => {
  const { helper, network, start, problems } = stage()
  start.mockReturnValue('Start it as root.')
  network.open()
  await soon(() => expect(problems).toEqual(['Start it as root.']))
  await helper.listen()
  await soon(() => expect(problems).toEqual(['Start it as root.', null]))
})

test('a refused command is a problem until it succeeds, and does not block others', async () => {
  const { helper, network, problems } = stage()
  await helper.listen()
  helper.refused = { type: 'pair', error: 'eth0 is gone.' }
  network.startPair(PAIR)
  network.setAddresses([ON_A, ALONE])
  network.open()
  await soon(() => expect(problems).toEqual(['eth0 is gone.']))
  // An address waits for its pair, the others don't.
  await soon(() =>
    expect(helper.of('addresses')[0]?.set).toEqual([{ address: '10.99.1.8', carriage: null }]),
  )
  helper.refused = null
  await soon(() => expect(problems).toEqual(['eth0 is gone.', null]))
  await soon(() =>
    expect(helper.of('change_addresses')[0]?.set).toEqual([
      { address: ON_A.address, carriage: CARRIER_A },
    ]),
  )
})

test('a carrier state that arrives before its pair starts is repeated when it does', async () => {
  const { helper, network, carriers } = stage()
  helper.snapshot = [{ event: 'carrier', ...CARRIER_A, state: 'owner', silence_ms: 40, loss: null }]
  await helper.listen()
  network.open()
  await soon(() => expect(carriers).toHaveLength(1))
  network.startPair(PAIR)
  await soon(() => expect(carriers).toHaveLength(2))
  // The takeover is in the past.
  expect(carriers[1]).toEqual({ ...CARRIER_A, state: 'owner', silenceMs: null, loss: null })
  helper.emit({ event: 'carrier', ...CARRIER_A, state: 'backup', silence_ms: null, loss: null })
  await soon(() => expect(carriers[2]?.state).toBe('backup'))
})

test('a hand-over waits until the helper has the addresses', async () => {
  const { helper, network } = stage()
  await helper.listen()
  network.startPair(PAIR)
  network.setAddresses([ON_A])
  network.open()
  await soon(() => expect(network.isConnected).toBe(true))
  const handOver = { ...CARRIER_A, side: 'arriving' as const, peer: '10.99.0.1' }
  expect(await network.handOver({ ...handOver, addresses: [ON_A.address] })).toBe(2)
  const types = helper.commands.map(({ type }) => type)
  expect(types.indexOf('hand_over')).toBeGreaterThan(types.indexOf('addresses'))
})

test('only what differs is sent, and nothing of what a hand-over has changed', async () => {
  const { helper, network } = stage()
  await helper.listen()
  network.startPair(PAIR)
  network.setAddresses([ON_A])
  network.open()
  await soon(() => expect(helper.of('addresses')).toHaveLength(1))
  const onB = { ...ON_A, carrier: { pair: 3, carrier: 'b' as const } }
  const handOver = { ...onB.carrier, side: 'leaving' as const, peer: '10.99.0.1' }
  await network.handOver({ ...handOver, addresses: [ON_A.address] })
  network.setAddresses([onB, ALONE])
  await soon(() => expect(helper.of('change_addresses')).toHaveLength(1))
  network.setAddresses([ALONE])
  await soon(() => expect(helper.of('change_addresses')).toHaveLength(2))
  const type = 'change_addresses'
  expect(helper.of(type)).toEqual([
    { type, set: [{ address: ALONE.address, carriage: null }], remove: [] },
    { type, set: [], remove: [ON_A.address] },
  ])
  // After a failure it isn't known what the helper has.
  helper.refused = { type: 'hand_over', error: 'It has no pair 3.' }
  await expect(network.handOver({ ...handOver, addresses: [ON_A.address] })).rejects.toThrow()
  network.setAddresses([ON_A])
  await soon(() => expect(helper.of('addresses')).toHaveLength(2))
})

test('joins the problems of the helper, and reports none during a shutdown', async () => {
  const { helper, network, problems, start } = stage()
  await helper.listen()
  network.open()
  await soon(() => expect(network.isConnected).toBe(true))
  helper.emit({ event: 'problems', problems: ['One.', 'Two.'] })
  await soon(() => expect(problems).toEqual(['One. Two.']))
  await network.shutDown()
  expect(helper.of('shut_down')).toHaveLength(1)
  expect([problems, start.mock.calls]).toEqual([['One. Two.'], []])
})

test('a shutdown waits for a helper that is restarting', async () => {
  const { helper, network, start } = stage()
  await helper.listen()
  network.open()
  await soon(() => expect(network.isConnected).toBe(true))
  helper.close()
  await soon(() => expect(start).toHaveBeenCalled())
  const shutDown = network.shutDown()
  await helper.listen()
  await shutDown
  expect(helper.of('shut_down')).toHaveLength(1)
})
