import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { databaseOn, runSql } from '#lib/testing/control-plane/test-postgres.ts'
import {
  type MadeCertificate,
  makeCertificate,
  makeExpiredCertificate,
} from '#lib/testing/make-certificate.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { type ServerProgram, unprivileged } from '#lib/testing/programs/server-program.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { connect, disconnect } from './connect.ts'

type Tls = DatabaseAddress['tls']

const directory = mkdtempSync(join(tmpdir(), 'fairlead-tls-'))
const file = (name: string) => join(directory, name)
const NONE: Tls = { mode: 'disable', rootCertificate: null, certificate: null, key: null }

describe.skipIf(missingPrograms('postgres'))('connections with TLS', () => {
  let server: ServerProgram

  beforeAll(async () => {
    const authority = makeCertificate({ subject: '/CN=authority' })
    writeFileSync(file('ca.pem'), authority.certificate)
    writeFileSync(file('other-ca.pem'), makeCertificate({ subject: '/CN=other' }).certificate)
    const signed = (subject: string, names: string) =>
      makeCertificate({ subject, names, issuer: authority })
    const expired = makeExpiredCertificate()
    writeFileSync(file('expired-ca.pem'), expired.certificate)
    install('right', signed('/CN=db', 'IP:127.0.0.1'))
    install('other-name', signed('/CN=db', 'DNS:localhost,IP:127.0.0.9'))
    install('expired', expired)
    install('client', signed('/CN=certified', 'DNS:certified'))
    install('stranger', makeCertificate({ subject: '/CN=certified' }))
    const hba = ['hostssl all certified all cert', 'hostnossl all encrypted all reject']
    const options = ['ssl=on', `ssl_ca_file=${file('ca.pem')}`, ...filesOf('right')]
    server = await startPostgres('127.0.0.1', await freePort(), { hba, options: [] })
    await waitFor('PostgreSQL answers', () => runSql(server, 'select 1'))
    for (const role of ['certified', 'encrypted']) await runSql(server, `create role ${role} login`)
    for (const option of options) {
      const [name, value] = option.split('=')
      await runSql(server, `alter system set ${name} = '${value}'`)
    }
  })
  afterAll(async () => {
    await server?.remove()
    rmSync(directory, { recursive: true })
  })

  const filesOf = (name: string) => [
    `ssl_cert_file=${file(`${name}.pem`)}`,
    `ssl_key_file=${file(`${name}.key`)}`,
  ]

  /** Writes a certificate and its key, which PostgreSQL and the client read. */
  function install(name: string, { certificate, key }: MadeCertificate): void {
    const { uid = -1, gid = -1 } = unprivileged()
    chownSync(directory, uid, gid)
    for (const [path, text] of [
      [file(`${name}.pem`), certificate],
      [file(`${name}.key`), key],
    ] as const) {
      writeFileSync(path, text, { mode: 0o600 })
      chownSync(path, uid, gid)
    }
  }

  /** From now on, the server has this certificate. */
  async function serve(name: string): Promise<void> {
    for (const option of filesOf(name)) {
      const [setting, value] = option.split('=')
      await runSql(server, `alter system set ${setting} = '${value}'`)
    }
    await runSql(server, 'select pg_reload_conf()')
    await waitFor('the server has the certificate', async () => {
      const [row] = await runSql(server, 'show ssl_cert_file')
      return row?.ssl_cert_file === file(`${name}.pem`)
    })
  }

  /** Whether the connection is encrypted. @throws the problem in words */
  async function isEncrypted(tls: Partial<Tls>, user = 'fairlead'): Promise<boolean> {
    const address = databaseOn(server, { user, tls: { ...NONE, ...tls } })
    const [host] = address.hosts
    const client = await connect(address, host as NonNullable<typeof host>, { statementMs: 0 })
    try {
      const own = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'
      return (await client.query(own)).rows[0].ssl
    } finally {
      disconnect(client)
    }
  }

  const ca = { rootCertificate: file('ca.pem') }
  const failed = (reason: RegExp) =>
    expect.objectContaining({
      kind: 'unreachable',
      message: expect.stringMatching(
        new RegExp(
          `^The TLS connection to PostgreSQL on 127.0.0.1:\\d+ failed: .*${reason.source}.*FAIRLEAD_DATABASE_URL`,
        ),
      ),
    })

  test('to a server without TLS', async () => {
    await runSql(server, "alter system set ssl = 'off'")
    await runSql(server, 'select pg_reload_conf()')
    await waitFor('it has none', async () => (await runSql(server, 'show ssl'))[0]?.ssl === 'off')
    for (const mode of ['disable', 'allow', 'prefer'] as const) {
      expect(await isEncrypted({ mode })).toBe(false)
    }
    await expect(isEncrypted({ mode: 'require' })).rejects.toEqual(failed(/does not support SSL/))
    await runSql(server, "alter system set ssl = 'on'")
  })

  test('to a server whose certificate is right', async () => {
    await serve('right')
    expect(await isEncrypted({ mode: 'disable' })).toBe(false)
    expect(await isEncrypted({ mode: 'allow' })).toBe(false)
    for (const mode of ['prefer', 'require'] as const)
      expect(await isEncrypted({ mode })).toBe(true)
    for (const mode of ['require', 'verify-ca', 'verify-full'] as const) {
      expect(await isEncrypted({ mode, ...ca })).toBe(true)
    }
  })

  test('to a server that requires TLS of the role', async () => {
    await serve('right')
    expect(await isEncrypted({ mode: 'allow' }, 'encrypted')).toBe(true)
    expect(await isEncrypted({ mode: 'prefer' }, 'encrypted')).toBe(true)
    await expect(isEncrypted({ mode: 'disable' }, 'encrypted')).rejects.toMatchObject({
      message: expect.stringMatching(/does not let encrypted connect.*no encryption/),
    })
  })

  test.each(['verify-ca', 'verify-full', 'require'] as const)(
    'by another authority, with %s',
    async (mode) => {
      await serve('right')
      const other = { rootCertificate: file('other-ca.pem') }
      await expect(isEncrypted({ mode, ...other })).rejects.toEqual(failed(/certificate/))
    },
  )

  test('to a server with the certificate of another name', async () => {
    await serve('other-name')
    expect(await isEncrypted({ mode: 'verify-ca', ...ca })).toBe(true)
    await expect(isEncrypted({ mode: 'verify-full', ...ca })).rejects.toEqual(
      failed(/does not match certificate's altnames/),
    )
  })

  test('to a server whose certificate has expired', async () => {
    await serve('expired')
    expect(await isEncrypted({ mode: 'require' })).toBe(true)
    const own = { rootCertificate: file('expired-ca.pem') }
    await expect(isEncrypted({ mode: 'verify-ca', ...own })).rejects.toEqual(
      failed(/certificate has expired/),
    )
  })

  test('with a certificate of the client', async () => {
    await serve('right')
    const tls = (name: string) => ({
      ...({ mode: 'verify-full', ...ca } as const),
      ...{ certificate: file(`${name}.pem`), key: file(`${name}.key`) },
    })
    expect(await isEncrypted(tls('client'), 'certified')).toBe(true)
    await expect(isEncrypted({ mode: 'verify-full', ...ca }, 'certified')).rejects.toMatchObject({
      message: expect.stringMatching(/does not let certified connect.*client certificate/),
    })
    await expect(isEncrypted(tls('stranger'), 'certified')).rejects.toMatchObject({
      kind: 'unreachable',
    })
  })

  test('with a file that is missing, or holds no certificate', async () => {
    const missing = isEncrypted({ mode: 'verify-full', rootCertificate: file('none.pem') })
    await expect(missing).rejects.toThrow(/none\.pem/)
    writeFileSync(file('text.pem'), 'text')
    const unusable = isEncrypted({ mode: 'verify-full', rootCertificate: file('text.pem') })
    await expect(unusable).rejects.toThrow(/TLS|certificate/)
  })
})
