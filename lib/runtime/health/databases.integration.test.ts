import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { DesiredCheckKind } from '#lib/protocol/desired-config.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { describeWith } from '#lib/testing/programs/describe-with.ts'
import { startMariadb } from '#lib/testing/programs/mariadb.ts'
import { POSTGRES_USER, startPostgres } from '#lib/testing/programs/postgres.ts'
import { startRedis } from '#lib/testing/programs/redis.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { startSlapd } from '#lib/testing/programs/slapd.ts'
import { check, down, liveThroughIt, up } from '#lib/testing/runtime/checks.ts'
import { until } from '#lib/testing/runtime/running-lb.ts'

// The health checks of databases and directories, against real ones.

const PORT = 5000

/** Holds connections open, so that a server is full. @returns lets them go */
async function hold({ address, port }: ServerProgram, count: number, hello: Buffer) {
  const sockets: Socket[] = []
  for (let index = 0; index < count; index += 1) {
    const socket = connect(port, address)
    sockets.push(socket.on('error', () => {}))
    socket.write(hello)
    await once(socket, 'data')
  }
  return () => {
    for (const socket of sockets) socket.destroy()
  }
}

const REDIS: DesiredCheckKind = { type: 'redis' }

describeWith(
  ['redis-server'],
  'Redis',
  (address) => startRedis(address, PORT),
  (server) => {
    test('hangs, crashes and comes back', () => liveThroughIt(server(), REDIS, 'Redis answered'))

    test('one that wants a password is up, one that is full is down', async () => {
      const [address = ''] = ownAddresses(1)
      const other = await startRedis(address, PORT, ['requirepass secret', 'maxclients 2'])
      onTestFinished(() => other.remove())
      expect(await check(other, { kind: REDIS })).toEqual(up('Redis answered'))
      const release = await hold(other, 2, Buffer.from('PING\r\n'))
      const full = 'Redis: ERR max number of clients reached'
      expect(await check(other, { kind: REDIS })).toEqual(down(full))
      release()
    })

    test('one whose queue of connections is full is down', async () => {
      const [address = ''] = ownAddresses(1)
      const other = await startRedis(address, PORT, ['tcp-backlog 1'])
      onTestFinished(() => other.remove())
      other.freeze()
      // Each check leaves a connection in the queue, until there is no room.
      const words = async () => (await check(other, { kind: REDIS, timeout: 100 }))?.words
      await until(async () => (await words()) === 'timed out after 100 ms without a connection')
    })
  },
)

const asUser = (user: string): DesiredCheckKind => ({ type: 'pgsql', user })

describeWith(
  ['postgres'],
  'PostgreSQL',
  (address) =>
    startPostgres(address, PORT, {
      hba: ['host all shut_out all reject', 'host all health all scram-sha-256'],
      options: ['max_connections=5', 'superuser_reserved_connections=2'],
    }),
  (server) => {
    test('hangs, crashes and comes back', () =>
      liveThroughIt(server(), asUser(POSTGRES_USER), 'PostgreSQL answered'))

    // Whoever the check's user is: a refusal comes from a server that works.
    test.each([
      ['is let in', POSTGRES_USER],
      ['is asked for a password', 'health'],
      ['does not exist', 'nobody_there'],
      ['is rejected', 'shut_out'],
    ])('a user that %s', async (_, user) => {
      const found = await check(server(), { kind: asUser(user) })
      expect(found).toEqual(up('PostgreSQL answered'))
    })

    test('one that is full is down', async () => {
      const startup = Buffer.from(`\0\0\0\0\0\x03\0\0user\0${POSTGRES_USER}\0\0`)
      startup.writeUInt32BE(startup.length)
      const release = await hold(server(), 5, startup)
      const found = await check(server(), { kind: asUser(POSTGRES_USER) })
      expect(found).toEqual(down('PostgreSQL: sorry, too many clients already'))
      release()
      const answers = async () => (await check(server(), { kind: asUser(POSTGRES_USER) }))?.passed
      await until(async () => (await answers()) === true)
    })
  },
)

const asMysqlUser = (user: string): DesiredCheckKind => ({ type: 'mysql', user })

describeWith(
  ['mariadbd'],
  'MariaDB',
  (address) =>
    startMariadb(address, PORT, {
      sql: [
        "CREATE USER IF NOT EXISTS health@'%';",
        "CREATE USER IF NOT EXISTS careful@'%' IDENTIFIED BY 'secret';",
      ].join('\n'),
      options: ['--max-connect-errors=2'],
    }),
  (server) => {
    test('hangs, crashes and comes back', () =>
      liveThroughIt(server(), asMysqlUser('health'), 'MySQL answered'))

    test.each([
      ['is let in without a password', 'health', up('MySQL answered')],
      ['has a password', 'careful', down(/^MySQL: Access denied for user 'careful'@/)],
      ['does not exist', 'nobody_there', down(/^MySQL: Access denied for user 'nobody_there'@/)],
    ])('a user that %s', async (_, user, expected) => {
      expect(await check(server(), { kind: asMysqlUser(user) })).toEqual(expected)
    })

    test('no number of checks has the server block the address', async () => {
      for (const user of ['health', 'nobody_there', 'careful']) {
        for (let index = 0; index < 10; index += 1) {
          await check(server(), { kind: asMysqlUser(user) })
        }
      }
      const found = await check(server(), { kind: asMysqlUser('health') })
      expect(found).toEqual(up('MySQL answered'))
    })
  },
)

const LDAP: DesiredCheckKind = { type: 'ldap' }

describeWith(
  ['slapd'],
  'slapd',
  (address) => startSlapd(address, PORT),
  (server) => {
    test('hangs, crashes and comes back', () => liveThroughIt(server(), LDAP, 'LDAP answered'))

    test('one that lets in nobody without a name is up', async () => {
      const [address = ''] = ownAddresses(1)
      const other = await startSlapd(address, PORT, { anonymous: false })
      onTestFinished(() => other.remove())
      expect(await check(other, { kind: LDAP })).toEqual(up('LDAP answered'))
    })
  },
)
