import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { type MadeCertificate, makeCertificate } from '#lib/testing/make-certificate.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { type Rsyslog, startRsyslog } from '#lib/testing/programs/rsyslog.ts'
import { soleTerm } from '../../leadership/start-leadership.ts'
import { Signal } from '../../store/signal.ts'
import { Store } from '../../store/store.ts'
import { AuditLog } from '../audit-log.ts'
import { DEFAULT_RETENTION } from '../retention.ts'
import { SyslogForwarder } from './syslog-forwarder.ts'
import type { SyslogTarget } from './syslog-target.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const LBS = '/lb/v1/regions/fr-par/lbs'

const [address = ''] = ownAddresses(1)
const silent = pino({ level: 'silent' })

/** The subject of a message. */
const valueIn = (data: string, name: string) =>
  new RegExp(` ${name}="((?:[^"\\\\]|\\\\.)*)"`).exec(data)?.[1]

const missing = missingPrograms('rsyslogd', 'lmnsd_ossl.so', 'openssl')

describe.skipIf(missing)(`a real rsyslog${missing ? ` (${missing})` : ''}`, () => {
  let certificate: MadeCertificate
  let plain: Rsyslog
  let secured: Rsyslog

  beforeAll(async () => {
    certificate = makeCertificate({ subject: '/CN=logs', names: `IP:${address}` })
    plain = await startRsyslog(address, await freePort())
    secured = await startRsyslog(address, await freePort(), certificate)
  })
  afterAll(() => Promise.all([plain?.remove(), secured?.remove()]))

  const targetOf = (transport: SyslogTarget['transport']): SyslogTarget => {
    const { port } = transport === 'tls' ? secured : plain
    return {
      transport,
      host: address,
      port,
      ca: transport === 'tls' ? certificate.certificate : null,
    }
  }
  const received = (transport: SyslogTarget['transport']) =>
    (transport === 'tls' ? secured : plain).messages()
  const start = (syslog: SyslogTarget, more = {}) =>
    runControlPlane({ admin: ADA, audit: { retention: DEFAULT_RETENTION, syslog }, ...more })

  async function work({ call }: RunningControlPlane, name: string) {
    await call('POST', LBS, { name })
    await call(
      'POST',
      '/fairlead/v1/session',
      { email: `${name.split(' ')[0]}@example.com`, password: 'x' },
      {},
    )
  }

  test.each(['udp', 'tcp', 'tls'] as const)(
    'receives each line by %s, and reads from it what it says',
    async (transport) => {
      await using controlPlane = await start(targetOf(transport))
      const name = `${transport} "shop"\\ é]`
      await work(controlPlane, name)
      const login = `${transport}@example.com`
      const own = () =>
        received(transport).filter(
          ({ data }) =>
            data.includes(`resourceName="${transport} `) || data.includes(`actor="${login}"`),
        )
      await expect.poll(() => own().length, { timeout: 30_000 }).toBe(2)
      const [change, failed] = own()
      expect(change).toMatchObject({ priority: '109', app: 'fairlead', id: 'change' })
      expect(failed).toMatchObject({
        priority: '108',
        id: 'login_failed',
        process: String(process.pid),
        time: expect.stringMatching(/^20\d\d-.*T.*Z$/),
      })
      expect(valueIn(change?.data ?? '', 'resourceName')).toBe(`${transport} \\"shop\\"\\\\ é\\]`)
      expect(failed?.text).toContain(`login_failed by account ${login} from `)
      expect(
        received(transport)
          .map(({ text }) => text)
          .join(),
      ).not.toContain('horse')
    },
  )

  test('that was unreachable gets every line, also those of a process that has ended', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'fairlead-syslog-'))
    const databaseFile = join(directory, 'fairlead.db')
    const names = () =>
      received('tcp').flatMap(({ data }) => {
        const name = valueIn(data, 'resourceName')
        return name?.startsWith('away') ? [name] : []
      })
    const make = async ({ call }: RunningControlPlane, ...some: string[]) => {
      for (const name of some) await call('POST', LBS, { name })
    }
    const first = await start(targetOf('tcp'), { databaseFile })
    await make(first, 'away1')
    await expect.poll(names, { timeout: 30_000 }).toEqual(['away1'])
    await plain.kill()
    await make(first, 'away2', 'away3')
    await first.stop()
    const second = await start(targetOf('tcp'), { databaseFile })
    await make(second, 'away4')
    await plain.start()
    await make(second, 'away5')
    await expect.poll(() => names().at(-1), { timeout: 60_000 }).toBe('away5')
    expect([...new Set(names())]).toEqual(['away1', 'away2', 'away3', 'away4', 'away5'])
    await second.stop()
    rmSync(directory, { recursive: true })
  })

  test('with the certificate of another host gets nothing', async () => {
    const other = makeCertificate({ subject: '/CN=logs', names: `IP:${address}` })
    const before = received('tls').length
    await using controlPlane = await start({ ...targetOf('tls'), ca: other.certificate })
    await work(controlPlane, 'untrusted')
    await using trusted = await start(targetOf('tls'))
    await work(trusted, 'trusted')
    await expect.poll(() => received('tls').length, { timeout: 30_000 }).toBeGreaterThan(before)
    expect(received('tls').filter(({ data }) => data.includes('untrusted'))).toEqual([])
  })
})

describe('a receiver', () => {
  let store: Store
  let audit: AuditLog
  beforeEach(async () => {
    store = await Store.open(':memory:')
    audit = new AuditLog(store, silent)
  })
  afterEach(async () => {
    await audit.stop()
    await store.close()
  })

  /** Reads messages until it is stopped, and keeps the complete ones. */
  async function receiver(onConnection: (socket: Socket, count: number) => void) {
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.on('error', () => {})
      onConnection(socket, connections)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
  }

  const forward = async (server: Server) => {
    const { port } = server.address() as { port: number }
    const target = { transport: 'tcp', host: '127.0.0.1', port, ca: null } as const
    const signals = [audit.written, new Signal()]
    const { term } = soleTerm()
    return SyslogForwarder.start({ store, signals, target, term, log: silent })
  }

  const write = (name: string) =>
    audit.write({
      event: 'login',
      actor: { kind: 'account', name },
      address: null,
      detail: null,
      requestId: null,
    })

  const written = async () => (await store.reader.selectFrom('audit').select('id').execute()).length

  /** The messages of a connection, by their lengths; RFC 6587 section 3.4.1. */
  function messagesOf(bytes: Buffer): string[] {
    const messages: string[] = []
    for (let at = 0; at < bytes.length; ) {
      const space = bytes.indexOf(' ', at)
      const end = space + 1 + Number(bytes.subarray(at, space).toString())
      messages.push(bytes.subarray(space + 1, end).toString())
      at = end
    }
    return messages
  }

  test('that breaks a connection is sent its messages again, and none from before the first start', async () => {
    const received: string[] = []
    const server = await receiver((socket, count) => {
      const chunks: Buffer[] = []
      socket.on('data', (chunk) => {
        // The first connection is read, and then reset.
        if (count === 1) socket.resetAndDestroy()
        else chunks.push(chunk)
      })
      socket.on('end', () => received.push(...messagesOf(Buffer.concat(chunks))))
    })
    write('before')
    await expect.poll(written).toBe(1)
    const forwarder = await forward(server)
    for (let at = 0; at < 250; at += 1) write(`person${at}é`)
    await expect.poll(() => received.length, { timeout: 30_000 }).toBe(250)
    const actors = received.map((message) => valueIn(message, 'actor'))
    expect(actors).toEqual(Array.from({ length: 250 }, (_, at) => `person${at}é`))
    await forwarder.stop()
    server.close()
  })

  test('that does not read delays neither the audit log nor the end of the process', async () => {
    let asked = 0
    const server = await receiver((socket) => {
      asked += 1
      socket.pause()
    })
    const forwarder = await forward(server)
    write('first')
    await expect.poll(() => asked).toBe(1)
    const count = async () => (await store.reader.selectFrom('audit').select('id').execute()).length
    const before = await count()
    for (let at = 0; at < 500; at += 1) write(`more${at}`)
    await expect.poll(count).toBeGreaterThanOrEqual(before + 499)
    await forwarder.stop()
    server.close()
  })

  test('that was never reachable gets all lines since the first start', async () => {
    const server = await receiver((socket) => socket.destroy())
    const first = await forward(server)
    await first.stop()
    write('ada')
    await expect.poll(written).toBe(1)
    const received: string[] = []
    server.removeAllListeners('connection')
    server.on('connection', (socket: Socket) => {
      socket.on('data', (chunk) => received.push(...messagesOf(chunk)))
    })
    const second = await forward(server)
    await expect.poll(() => received.map((message) => valueIn(message, 'actor'))).toEqual(['ada'])
    await second.stop()
    server.close()
  })
})
