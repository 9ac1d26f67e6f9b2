import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readDatabaseUrl } from './database-url.ts'

const read = (url: string) => readDatabaseUrl({ FAIRLEAD_DATABASE_URL: url })
const plain = { rootCertificate: null, certificate: null, key: null }

describe('FAIRLEAD_DATABASE_URL', () => {
  test('without it the store is a file', () => {
    expect(readDatabaseUrl({})).toBeNull()
    expect(read('')).toBeNull()
  })

  test('a URL names servers, user, password, database and TLS', () => {
    expect(read('postgres://ada:s%40c%2Fret@db1.example.com,db2:6432,[2001:db8::1]/shop')).toEqual({
      hosts: [
        { host: 'db1.example.com', port: 5432 },
        { host: 'db2', port: 6432 },
        { host: '2001:db8::1', port: 5432 },
      ],
      user: 'ada',
      password: 's@c/ret',
      database: 'shop',
      tls: { mode: 'prefer', ...plain },
    })
    const tls = 'sslmode=verify-ca&sslrootcert=ca.pem&sslcert=/a/c.pem&sslkey=/a/k.pem'
    expect(read(`postgresql://ada@db/shop?${tls}`)).toMatchObject({
      password: null,
      tls: {
        mode: 'verify-ca',
        rootCertificate: resolve('ca.pem'),
        certificate: '/a/c.pem',
        key: '/a/k.pem',
      },
    })
    expect(read('postgres://ada@db/shop?sslrootcert=system')?.tls).toEqual({
      ...plain,
      mode: 'verify-full',
      rootCertificate: 'system',
    })
  })

  test('a Unix socket is a host', () => {
    const hosts = [{ host: '/run/postgresql', port: 5433 }]
    expect(read('postgres://ada@/shop?host=/run/postgresql&port=5433')?.hosts).toEqual(hosts)
    expect(read('postgres://ada@%2Frun%2Fpostgresql:5433/shop')?.hosts).toEqual(hosts)
    const two = read('postgres://ada@/shop?host=db1,db2&port=1,2&target_session_attrs=read-write')
    expect(two?.hosts.map(({ port }) => port)).toEqual([1, 2])
  })

  test.each([
    ['mysql://ada:secret@db/shop', 'must be the URL of a PostgreSQL database'],
    ['postgres://ada:se@cret@db/shop', 'must be the URL of a PostgreSQL database'],
    ['postgres://db/shop', 'must name a user'],
    ['postgres://ada:secret@db', 'must name a database'],
    ['postgres://ada:secret@/shop', 'must have a host'],
    ['postgres://ada:secret@db,/shop', 'must have a host'],
    ['postgres://ada:secret@[db]/shop', 'must have a host'],
    ['postgres://ada:secret@db:0/shop', 'a port must be a whole number from 1 to 65535'],
    ['postgres://ada:secret@db:x/shop', 'a port must be a whole number from 1 to 65535'],
    ['postgres://ada:%secret@db/shop', 'its password is not percent-encoded'],
    ['postgres://ada:secret@db/shop?sslmode=on', 'sslmode must be one of disable, allow, prefer,'],
    ['postgres://ada:secret@db/shop?sslcert=c.pem', 'sslcert and sslkey go together'],
    [
      'postgres://ada:secret@db/shop?sslmode=require&sslrootcert=system',
      'needs sslmode=verify-full',
    ],
    ['postgres://ada:secret@db/shop?password=secret', 'has an unknown parameter'],
    ['postgres://ada:secret@db/shop?target_session_attrs=any', 'must be read-write'],
  ])('%s is refused in one line, without the password', (url, words) => {
    let message = ''
    try {
      read(url)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toMatch(/^FAIRLEAD_DATABASE_URL/)
    expect(message).toContain(words)
    expect(message.replace('user:password', '')).not.toMatch(/secret|cret|\n/)
  })
})
