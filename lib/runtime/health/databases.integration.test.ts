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
import { check, down, expectToFollow, up } from '#lib/testing/runtime/checks.ts'
import { until } from '#lib/testing/runtime/running-lb.ts'

// Health checks of real databases and directories.

const PORT = 5000

/** Opens idle connections until a server is full. @returns a function that closes them */
async function fill({ address, port }: ServerProgram, count: number, hello: Buffer) {
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
    test('the state follows a hang, a crash and a restart', () =>
      expectToFollow(server(), REDIS, 'Redis responded'))

    test('a server that requires a password is up, a full one is down', async () => {
      const [address = ''] = ownAddresses(1)
      const other = await startRedis(address, PORT, ['requirepass secret', 'maxclients 2'])
      onTestFinished(() => other.remove())
      expect(await check(other, { kind: REDIS })).toEqual(up('Redis responded'))
      const release = await fill(other, 2, Buffer.from('PING\r\n'))
      const full = 'Redis: ERR max number of clients reached'
      expect(await check(other, { kind: REDIS })).toEqual(down(full))
      release()
    })

    test('a server whose accept queue is full is down', async () => {
      const [address = ''] = ownAddresses(1)
      const other = await startRedis(address, PORT, ['tcp-backlog 1'])
      onTestFinished(() => other.remove())
      other.freeze()
      // Each check leaves a connection in the accept queue, until it is full.
      const reason = async () => (await check(other, { kind: REDIS, timeout: 100 }))?.reason
      await expect.poll(reason).toBe('timed out after 100 ms without a connection')
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
    test('the state follows a hang, a crash and a restart', () =>
      expectToFollow(server(), asUser(POSTGRES_USER), 'PostgreSQL responded'))

    test.each([
      ['may log in', POSTGRES_USER],
      ['is asked for a password', 'health'],
      ['does not exist', 'nobody_there'],
      ['is rejected', 'shut_out'],
    ])('a user that %s', async (_, user) => {
      const result = await check(server(), { kind: asUser(user) })
      expect(result).toEqual(up('PostgreSQL responded'))
    })

    test('a full server is down', async () => {
      const startup = Buffer.from(`\0\0\0\0\0\x03\0\0user\0${POSTGRES_USER}\0\0`)
      startup.writeUInt32BE(startup.length)
      const release = await fill(server(), 5, startup)
      const result = await check(server(), { kind: asUser(POSTGRES_USER) })
      expect(result).toEqual(down('PostgreSQL: sorry, too many clients already'))
      release()
      const passes = async () => (await check(server(), { kind: asUser(POSTGRES_USER) }))?.passed
      await until(async () => (await passes()) === true)
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
    test('the state follows a hang, a crash and a restart', () =>
      expectToFollow(server(), asMysqlUser('health'), 'MySQL responded'))

    test.each([
      ['may log in without a password', 'health', up('MySQL responded')],
      ['has a password', 'careful', down(/^MySQL: Access denied for user 'careful'@/)],
      ['does not exist', 'nobody_there', down(/^MySQL: Access denied for user 'nobody_there'@/)],
    ])('a user that %s', async (_, user, expected) => {
      expect(await check(server(), { kind: asMysqlUser(user) })).toEqual(expected)
    })

    test('checks never make the server block the address', async () => {
      for (const user of ['health', 'nobody_there', 'careful']) {
        for (let index = 0; index < 10; index += 1) {
          await check(server(), { kind: asMysqlUser(user) })
        }
      }
      const result = await check(server(), { kind: asMysqlUser('health') })
      expect(result).toEqual(up('MySQL responded'))
    })
  },
)

const LDAP: DesiredCheckKind = { type: 'ldap' }

describeWith(
  ['slapd'],
  'slapd',
  (address) => startSlapd(address, PORT),
  (server) => {
    test('the state follows a hang, a crash and a restart', () =>
      expectToFollow(server(), LDAP, 'LDAP responded'))

    test('a server that refuses anonymous binds is up', async () => {
      const [address = ''] = ownAddresses(1)
      const other = await startSlapd(address, PORT, { anonymous: false })
      onTestFinished(() => other.remove())
      expect(await check(other, { kind: LDAP })).toEqual(up('LDAP responded'))
    })
  },
)
