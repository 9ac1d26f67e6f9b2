import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { DesiredCheckKind, DesiredConfig } from '#lib/protocol/desired-config.ts'
import { describeWith } from '#lib/testing/programs/describe-with.ts'
import { type LineClient, startLineClient } from '#lib/testing/programs/line-client.ts'
import { POSTGRES_USER, startPostgres } from '#lib/testing/programs/postgres.ts'
import { requireProgram } from '#lib/testing/programs/programs.ts'
import { startRedis } from '#lib/testing/programs/redis.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import {
  type RunningLb,
  runLb,
  TEST_ADDRESS,
  testBackend,
  until,
} from '#lib/testing/runtime/running-lb.ts'
import { tcpClient } from '#lib/testing/runtime/sockets.ts'

// Sessions with real databases in TCP mode, while the configuration and the health check keep changing.

const PORT = 5000
const CHANGE_MS = 20

let changes = 0

/** Changes the configuration of a load balancer every few milliseconds. @returns a function that stops that */
function keepChanging({ lb, change }: RunningLb, kind: DesiredCheckKind): () => void {
  const backend = lb.config.backends[0] ?? testBackend(PORT)
  const health_check = { ...backend.health_check, kind }
  const unrelated = testBackend(PORT)
  const variants: DesiredConfig['backends'][] = [
    [backend, unrelated],
    [{ ...backend, health_check }, unrelated],
    [{ ...backend, name: 'database', max_retries: 1 }],
    [{ ...backend, health_check: { ...health_check, delay: 50 } }],
  ]
  const timer = setInterval(() => {
    change({ backends: variants[changes % variants.length] ?? [] })
    changes += 1
  }, CHANGE_MS)
  return () => clearInterval(timer)
}

/** A load balancer that changes during each test. @returns its port */
function balance(server: () => ServerProgram, kind: DesiredCheckKind): () => number {
  let running: RunningLb | null = null
  let stop = () => {}
  const state = () => running?.lb.report().servers[0]?.state
  beforeAll(async () => {
    const { address, port } = server()
    const health_check = { ...testBackend(port).health_check, delay: 100, timeout: 5000 }
    running = runLb(testBackend(port, { protocol: 'tcp', servers: [address], health_check }))
    await until(() => state() === 'up')
  })
  beforeEach(() => {
    if (running) stop = keepChanging(running, kind)
  })
  afterEach(() => {
    stop()
    expect(state()).toBe('up')
  })
  afterAll(() => {
    running?.lb.retire()
    process.stdout.write(`${kind.type} sessions: ${changes} changes of the configuration\n`)
    changes = 0
  })
  return () => running?.port ?? 0
}

/** Sends lines to a client. @returns its output */
async function outputOf(client: LineClient, lines: string, end: string): Promise<string> {
  client.send(lines)
  client.send(end)
  return (await client.until('end of output\n')).trim()
}

describeWith(
  ['postgres', 'psql'],
  'PostgreSQL',
  (address) => startPostgres(address, PORT),
  (server) => {
    const port = balance(server, { type: 'pgsql', user: POSTGRES_USER })
    const at = () => ['-h', TEST_ADDRESS, '-p', `${port()}`, '-U', POSTGRES_USER]
    const psql = () => startLineClient(requireProgram('psql'), ['-XqAt', ...at(), POSTGRES_USER])
    const send = (client: LineClient, sql: string) =>
      outputOf(client, `${sql};`, '\\echo end of output')

    test('other sessions see a transaction once it is committed', async () => {
      const [writer, reader] = [psql(), psql()]
      const session = await send(writer, 'CREATE TABLE bookings (id int); SELECT pg_backend_pid()')
      await send(writer, 'BEGIN')
      const seen: string[] = []
      for (let id = 1; id <= 20; id += 1) {
        await send(writer, `INSERT INTO bookings VALUES (${id})`)
        seen.push(await send(reader, 'SELECT count(*) FROM bookings'))
      }
      expect(new Set(seen)).toEqual(new Set(['0']))
      await send(writer, 'COMMIT')
      expect(await send(reader, 'SELECT count(*), sum(id) FROM bookings')).toBe('20|210')
      expect(await send(writer, 'SELECT pg_backend_pid()')).toBe(session)
      expect(await Promise.all([writer.end(), reader.end()])).toEqual([0, 0])
    })

    test('a listener gets all notifications, in order', async () => {
      const [listener, notifier] = [psql(), psql()]
      await send(listener, 'LISTEN news')
      const payloads = Array.from({ length: 20 }, (_, index) => `number ${index}`)
      for (const payload of payloads) await send(notifier, `NOTIFY news, '${payload}'`)
      const heard = await send(listener, 'SELECT 1')
      expect([...heard.matchAll(/with payload "(.*?)"/g)].map((match) => match[1])).toEqual(
        payloads,
      )
      expect(await Promise.all([listener.end(), notifier.end()])).toEqual([0, 0])
    })

    test('a query can be cancelled, over another connection', async () => {
      const client = psql()
      const watcher = psql()
      client.send('SELECT pg_sleep(60);')
      const sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'"
      await until(async () => (await send(watcher, sleeping)) === '1')
      client.signal('SIGINT')
      await client.until('canceling statement due to user request')
      expect(await send(watcher, sleeping)).toBe('0')
      await Promise.all([client.end(), watcher.end()])
    })

    test('a table is exported and imported byte-exact', async () => {
      const copy = (sql: string): ChildProcessWithoutNullStreams =>
        spawn(requireProgram('psql'), ['-Xq', ...at(), '-c', sql, POSTGRES_USER])
      const rows =
        'SELECT n, md5(n::text), repeat(chr(32 + n % 90), n % 50) FROM generate_series(1, 100000) n'
      const made = await buffer(copy(`COPY (${rows}) TO STDOUT`).stdout)
      const client = psql()
      await send(client, 'CREATE TABLE texts (n int, hash text, filler text)')
      const upload = copy('COPY texts FROM STDIN')
      upload.stdin.end(made)
      expect(await once(upload, 'exit')).toEqual([0, null])
      const kept = await buffer(copy('COPY (SELECT * FROM texts ORDER BY n) TO STDOUT').stdout)
      expect(made.length).toBeGreaterThan(5_000_000)
      expect(kept.equals(made)).toBe(true)
      await client.end()
    })
  },
)

describeWith(
  ['redis-server', 'redis-cli'],
  'Redis',
  (address) => startRedis(address, PORT),
  (server) => {
    const port = balance(server, { type: 'redis' })
    const at = () => ['-h', TEST_ADDRESS, '-p', `${port()}`]
    const cli = () => startLineClient(requireProgram('redis-cli'), at())
    const send = (client: LineClient, command: string) =>
      outputOf(client, command, 'ECHO "end of output"')

    test('transactions and blocking commands work', async () => {
      const [client, other] = [cli(), cli()]
      const session = await send(client, 'CLIENT ID')
      client.send('MULTI')
      await client.until('OK\n')
      for (let count = 0; count < 20; count += 1) {
        client.send('INCR visits')
        await client.until('QUEUED\n')
      }
      expect(await send(other, 'EXISTS visits')).toBe('0')
      client.send('EXEC')
      await client.until('20\n')
      expect(await send(other, 'GET visits')).toBe('20')
      client.send('BLPOP jobs 0')
      const before = changes
      await until(() => changes > before + 10)
      await send(other, 'RPUSH jobs first')
      await client.until('jobs\nfirst\n')
      expect(await send(client, 'CLIENT ID')).toBe(session)
      expect(await Promise.all([client.end(), other.end()])).toEqual([0, 0])
    })

    test('a subscriber gets every message, in order', async () => {
      const [subscriber, publisher] = [cli(), cli()]
      subscriber.send('SUBSCRIBE news')
      await subscriber.until('subscribe\nnews\n1\n')
      for (let count = 0; count < 20; count += 1) {
        expect(await send(publisher, `PUBLISH news number-${count}`)).toBe('1')
        expect(await subscriber.until(`number-${count}\n`)).toBe('message\nnews\n')
      }
      subscriber.signal('SIGTERM')
      await Promise.all([subscriber.end(), publisher.end()])
    })

    test('a pipeline of 50,000 commands gets responses in order', async () => {
      const count = 50_000
      const socket = await tcpClient(port())
      socket.end('INCR pipelined\r\n'.repeat(count))
      const responses = await buffer(socket)
      const expected = Array.from({ length: count }, (_, index) => `:${index + 1}\r\n`).join('')
      expect(responses.toString() === expected).toBe(true)
    })
  },
)
