import { randomUUID } from 'node:crypto'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pino from 'pino'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
} from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import { onFault } from '#lib/process/faults.ts'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { databaseOn, runSql } from '#lib/testing/control-plane/test-postgres.ts'
import {
  POSTGRES_USER,
  promote,
  requireStandby,
  startPostgres,
  WITH_STANDBY,
} from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { type ServerProgram, unprivileged } from '#lib/testing/programs/server-program.ts'
import { mountSmallDisk, whyNoSmallDisk } from '#lib/testing/small-disk.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { DatabaseProblem } from './store/database-problem.ts'
import { problemLog } from './store/problem-log.ts'

const LBS = '/lb/v1/regions/fr-par/lbs'
/** Nothing hangs for longer than this, milliseconds. */
const HANG_MS = 5000
/** How long after the database is back everything works again, milliseconds. */
const RECOVERY_MS = 2000
const APP = 'app'
const EVERY_SESSION = `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${APP}'`

// Work in the background fails too, and is tried again.
onFault((fault) => expect(fault).toBeInstanceOf(DatabaseProblem))

const directory = mkdtempSync(join(tmpdir(), 'fairlead-outage-'))
afterAll(() => rmSync(directory, { recursive: true }))
/** The key of the database of the test, which all of its control planes have. */
const key = () => join(directory, `${databases}.key`)
let databases = 0

type ControlPlane = Awaited<ReturnType<typeof runControlPlane>>

/** A control plane with its log, and what is asked of it during an outage. */
async function observed(keyFile: string, ...servers: ServerProgram[]) {
  const lines: string[] = []
  const stream = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line))
      done()
    },
  })
  problemLog.reset()
  const log = pino({ hooks: problemLog.hooks }, stream)
  const database = databaseOn(servers, { user: APP, database: APP, password: 'first' })
  const controlPlane = await runControlPlane({ database, keyFile }, log)
  const timed = async (...args: Parameters<ControlPlane['call']>) => {
    const before = performance.now()
    const response = await controlPlane.call(...args)
    expect(performance.now() - before).toBeLessThan(HANG_MS)
    return response
  }
  let count = 0
  const acknowledged: string[] = []
  const create = async () => {
    const name = `lb-${count++}`
    const response = await timed('POST', LBS, { name, assign_flexible_ip: false })
    if (response.status === 200) acknowledged.push(name)
    return response
  }
  /** Until a change succeeds. Fails if that takes too long after the database is back. */
  const recovered = async () => {
    const before = performance.now()
    await waitFor('a change succeeds', async () => (await create()).status === 200)
    expect(performance.now() - before).toBeLessThan(RECOVERY_MS)
  }
  const problems = () => lines.filter((line) => /"level":[45]0/.test(line)).map(messageOf)
  return { controlPlane, call: timed, create, recovered, acknowledged, problems, lines }
}

const messageOf = (line: string) => {
  type Line = { err?: { message: string }; problem?: string; msg: string }
  const { err, problem, msg } = JSON.parse(line) as Line
  return `${msg}: ${problem ?? err?.message}`
}

async function createApp(server: ServerProgram): Promise<void> {
  await runSql(server, `create role ${APP} login password 'first'`)
  await createDatabase(server)
}

async function createDatabase(server: ServerProgram, options = ''): Promise<void> {
  const create = `create database ${APP} owner ${APP} encoding 'UTF8' locale 'C' template template0`
  await runSql(server, `${create} ${options}`)
  databases += 1
}

describe.skipIf(missingPrograms('postgres'))('the database on one server', () => {
  let server: ServerProgram
  let subject: Awaited<ReturnType<typeof observed>>

  beforeAll(async () => {
    const hba = [`host all ${APP} all scram-sha-256`]
    server = await startPostgres('127.0.0.1', await freePort(), { hba })
    await waitFor('PostgreSQL answers', () => runSql(server, 'select 1'))
    await createApp(server)
  })
  afterAll(() => server.remove())
  beforeEach(async () => {
    subject = await observed(key(), server)
    expect((await subject.create()).status).toBe(200)
  })
  afterEach(() => subject.controlPlane.stop())

  const health = async () => (await subject.call('GET', '/healthz', undefined, {})).status
  const refusal = async () => {
    const { status, body, headers } = await subject.create()
    return [status, body.type, headers.get('retry-after'), body.message] as const
  }
  const endSessions = () => runSql(server, EVERY_SESSION)

  test('a database that is read-only answers reads, and says so for changes', async () => {
    await runSql(server, `alter database ${APP} set default_transaction_read_only = on`)
    await endSessions()
    const words = expect.stringContaining('The database is read-only, so nothing was changed.')
    await expect.poll(refusal).toEqual([503, 'unavailable', '1', words])
    expect((await subject.call('GET', LBS)).body.total_count).toBe(subject.acknowledged.length)
    expect(await health()).toBe(200)
    for (let at = 0; at < 5; at += 1) await subject.create()
    expect(subject.problems().filter((line) => /read-only/.test(line))).toHaveLength(1)
    await runSql(server, `alter database ${APP} reset default_transaction_read_only`)
    await endSessions()
    await subject.recovered()
  })

  test('failovers during an outage are recorded when it is over, once', async () => {
    const { controlPlane, call } = subject
    const [lb] = (await call('GET', LBS)).body.lbs
    const failover = (reason: 'hung' | 'ended'): Failover => ({
      ...{ id: randomUUID(), lb_id: lb.id, at: new Date().toISOString() },
      ...{ from: 'a', to: 'b', reason, gap_ms: 12.5 },
    })
    const [hung, ended] = [failover('hung'), failover('ended')]
    const report = (one: Failover) =>
      controlPlane.onSupervisor({ type: 'failed_over', failovers: [one] })
    const recorded = async () => {
      const { body } = await call('GET', `/fairlead/v1/lbs/${lb.id}/failovers`)
      return body.failovers.map((one: Failover) => one.reason)
    }
    await runSql(server, `alter database ${APP} set default_transaction_read_only = on`)
    await endSessions()
    await expect.poll(async () => (await refusal())[0]).toBe(503)
    await report(hung)
    await report(ended)
    await report(ended)
    expect(await recorded()).toEqual([])
    await runSql(server, `alter database ${APP} reset default_transaction_read_only`)
    await endSessions()
    await subject.recovered()
    await expect.poll(recorded).toEqual(['ended', 'hung'])
  })

  test('a database without a free connection says so', async () => {
    await runSql(server, `alter role ${APP} connection limit 0`)
    await endSessions()
    const words = expect.stringContaining('The database has no free connection')
    await expect.poll(refusal).toEqual([503, 'unavailable', '1', words])
    expect(subject.problems().at(-1)).toMatch(/has no connection left/)
    await expect.poll(health).toBe(503)
    await runSql(server, `alter role ${APP} connection limit -1`)
    await subject.recovered()
    await expect.poll(health).toBe(200)
  })

  test('a database that is too slow fails changes in time, and answers reads', async () => {
    const lock = 'select pg_advisory_lock(1179207019), pg_sleep(3600)'
    const locked = runSql(server, lock, APP).catch(() => null)
    await waitFor('the lock is held', async () => {
      const rows = await runSql(
        server,
        'select 1 from pg_locks where objid = 1179207019 and granted',
      )
      return rows.length > 0
    })
    const words = expect.stringContaining('The database did not answer in time')
    expect(await refusal()).toEqual([503, 'unavailable', '1', words])
    expect((await subject.call('GET', LBS)).status).toBe(200)
    await runSql(
      server,
      `select pg_terminate_backend(pid) from pg_stat_activity where query = '${lock}'`,
    )
    await locked
    await subject.recovered()
  })

  test('a password that was changed in the database is reported, without the password', async () => {
    await runSql(server, `alter role ${APP} password 'second'`)
    await endSessions()
    const words = expect.stringContaining("The control plane can't reach its database")
    await expect.poll(refusal).toEqual([503, 'unavailable', '1', words])
    expect(subject.problems().at(-1)).toMatch(/refuses the password of app/)
    expect(subject.lines.join('')).not.toMatch(/first|second/)
    await runSql(server, `alter role ${APP} password 'first'`)
    await subject.recovered()
  })
})

const noDisk = missingPrograms('postgres') ?? whyNoSmallDisk()

test.skipIf(noDisk)('a full disk of the database: 507 for changes, and reads go on', async () => {
  const disk = mountSmallDisk(40)
  onTestFinished(() => disk.remove())
  const { uid = 0, gid = 0 } = unprivileged()
  chownSync(disk.path, uid, gid)
  const server = await startPostgres('127.0.0.1', await freePort())
  onTestFinished(() => server.remove())
  await waitFor('PostgreSQL answers', () => runSql(server, 'select 1'))
  // Its log is on another disk: PostgreSQL ends when that one is full, like a primary that is killed.
  await runSql(server, `create role ${APP} login`)
  await runSql(server, `create tablespace small location '${disk.path}'`)
  await createDatabase(server, 'tablespace small')
  const subject = await observed(key(), server)
  onTestFinished(() => subject.controlPlane.stop())
  expect((await subject.create()).status).toBe(200)
  disk.fill()
  await waitFor(
    'the database has no page left',
    async () => (await subject.create()).status === 507,
  )
  const refused = await subject.create()
  expect([refused.status, refused.body.type]).toEqual([507, 'disk_full'])
  expect(refused.body.message).toContain(
    'The disk of the database is full, so nothing was changed.',
  )
  const { length } = subject.acknowledged
  expect((await subject.call('GET', LBS)).body.total_count).toBe(length)
  disk.free()
  await subject.recovered()
})

describe.skipIf(missingPrograms('postgres'))('a primary and its synchronous standby', () => {
  let primary: ServerProgram
  let standby: ServerProgram
  let subject: Awaited<ReturnType<typeof observed>>

  beforeEach(async () => {
    primary = await startPostgres('127.0.0.1', await freePort(), WITH_STANDBY)
    await waitFor('PostgreSQL answers', () => runSql(primary, 'select 1'))
    await createApp(primary)
    const { options } = WITH_STANDBY
    standby = await startPostgres('127.0.0.1', await freePort(), { options, standbyOf: primary })
    await requireStandby((sql) => runSql(primary, sql))
    subject = await observed(key(), standby, primary)
    expect((await subject.create()).status).toBe(200)
  })
  afterEach(async () => {
    await subject.controlPlane.stop()
    for (const pid of stopped) process.kill(pid, 'SIGCONT')
    stopped = []
    await Promise.all([primary.remove(), standby.remove()])
  })

  let stopped: number[] = []
  /** Stops every process of the primary, like a machine that hangs or a network that is cut. */
  function stopAll(): void {
    const pid = primary.pid() ?? 0
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    stopped = [pid, ...children.map(Number)]
    for (const one of stopped) process.kill(one, 'SIGSTOP')
  }

  /** Clients that create load balancers until the outage is over, and those whose answer was lost. */
  async function expectNothingLost(fail: () => Promise<void> | void): Promise<void> {
    let isOver = false
    const statuses = new Set<number>()
    const clients = Array.from({ length: 4 }, async () => {
      while (!isOver) statuses.add((await subject.create()).status)
    })
    await waitFor('clients write', () => subject.acknowledged.length > 20)
    await fail()
    await waitFor('changes fail', () => statuses.has(503))
    expect([...statuses].sort()).toEqual([200, 503])
    expect((await subject.call('GET', LBS)).status).toBe(503)
    await promote((sql) => runSql(standby, sql))
    await subject.recovered()
    isOver = true
    await Promise.all(clients)
    const { body } = await subject.call('GET', `${LBS}?page_size=100`)
    const stored = await runSql(standby, 'select name from lbs', APP)
    const names = new Set(stored.map(({ name }) => name))
    expect(subject.acknowledged.filter((name) => !names.has(name))).toEqual([])
    expect(body.total_count).toBe(names.size)
    expect(subject.lines.filter((line) => /the database answers again/.test(line))).toHaveLength(1)
    const lost = subject.problems().filter((line) => /can't be reached|standby|ended/.test(line))
    // One for each kind of problem and server, not for each of hundreds of refused changes.
    expect(lost.length).toBeLessThanOrEqual(10)
  }

  test('a killed primary: nothing acknowledged is lost, and nodes keep their stream', async () => {
    using node = await follow(subject.controlPlane, 'fr-par-a')
    await node.untilSynced()
    await expectNothingLost(() => primary.kill())
    const created = await subject.create()
    await waitFor('the stream has the change', async () => {
      const message = await node.next()
      return message.type === 'apply' && message.config.lb_id === created.body.id
    })
  })

  test('a primary that hangs', async () => {
    await expectNothingLost(stopAll)
  })

  test('only a standby is there: the start says so', async () => {
    await primary.kill()
    const database = databaseOn(standby, { user: POSTGRES_USER, database: APP })
    await expect(runControlPlane({ database, keyFile: key() })).rejects.toThrow(
      /is a read-only standby/,
    )
  })
})
