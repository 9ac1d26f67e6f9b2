import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import pg from 'pg'
import { detach } from '#lib/process/faults.ts'
import { withFileProblem } from '#lib/process/file-problem.ts'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { databaseProblem, type ErrorPlace, SettledProblem } from './postgres-problems.ts'

/** The longest time to connect to one server, milliseconds. */
const CONNECT_MS = 1200
/** A transaction whose control plane hangs ends after this time, so that others get the writers lock. Milliseconds. */
const IDLE_TRANSACTION_MS = 2000
const INT8 = 20
const NO_TLS = /does not support SSL/

type Limits = {
  /** PostgreSQL ends statements after this time, milliseconds; 0 for never. */
  statementMs: number
}

/** Connects to one server. @throws DatabaseProblem */
export async function connect(
  address: DatabaseAddress,
  server: DatabaseAddress['hosts'][number],
  { statementMs }: Limits,
): Promise<pg.Client> {
  const { user, database } = address
  const place: ErrorPlace = { user, database, server }
  let failure: unknown
  for (const ssl of tlsAttempts(address.tls, server.host)) {
    const client = new pg.Client({
      ...server,
      ...{ user, database, ssl },
      // A function, so that pg looks for no password elsewhere.
      password: () => address.password ?? '',
      connectionTimeoutMillis: CONNECT_MS,
      application_name: 'fairlead',
      options: sessionOptions(statementMs),
      types: {
        getTypeParser: (oid, format) =>
          oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
      },
    })
    // Without a listener an error of an idle connection would be an uncaught exception.
    client.on('error', () => {})
    try {
      await client.connect()
      return client
    } catch (error) {
      // The other way's error says more than that the server has no TLS.
      if (failure === undefined || NO_TLS.test(String(failure))) failure = error
      disconnect(client)
      if (!isAboutTls(error)) break
    }
  }
  throw databaseProblem(failure, place)
}

/** Ends a connection without waiting. */
export function disconnect(client: pg.Client): void {
  detach('process', () => client.end())
}

/** Parameters of the session. The server also ends connections of clients whose machine or network has died. */
function sessionOptions(statementMs: number): string {
  const options = {
    client_encoding: 'UTF8',
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: statementMs === 0 ? 0 : IDLE_TRANSACTION_MS,
    tcp_keepalives_idle: 5,
    tcp_keepalives_interval: 2,
    tcp_keepalives_count: 3,
  }
  return Object.entries(options)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ')
}

/** Whether libpq would try again with or without TLS. */
function isAboutTls(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  return code === '28000' || /SSL|TLS/i.test(`${code} ${message}`)
}

type Tls = DatabaseAddress['tls']

/** libpq's meanings of `sslmode`: the ways to connect, in the order in which they are tried. */
function tlsAttempts(tls: Tls, host: string): (ConnectionOptions | false)[] {
  if (tls.mode === 'disable' || host.startsWith('/')) return [false]
  const encrypted = tlsOptions(tls)
  if (tls.mode === 'allow') return [false, encrypted]
  return tls.mode === 'prefer' ? [encrypted, false] : [encrypted]
}

function tlsOptions({ mode, rootCertificate, certificate, key }: Tls): ConnectionOptions {
  const ca = rootCertificate === null || rootCertificate === 'system' ? null : rootCertificate
  // As in libpq: `require` checks the certificate if there is a root certificate.
  const isChecked = mode.startsWith('verify') || (mode === 'require' && ca !== null)
  return {
    rejectUnauthorized: isChecked,
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
    ...(ca !== null && { ca: readPem(ca) }),
    ...(certificate !== null && { cert: readPem(certificate) }),
    ...(key !== null && { key: readPem(key) }),
  }
}

function readPem(file: string): string {
  try {
    return withFileProblem(file, () => readFileSync(file, 'utf8'))
  } catch (error) {
    const { message } = error as Error
    throw new SettledProblem(message, { kind: 'unreachable', cause: error })
  }
}
