import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { type DatabaseAddress, TlsMode } from '#lib/protocol/settings/database-address.ts'
import type { Environment } from './environment.ts'

const NAME = 'FAIRLEAD_DATABASE_URL'
const EXAMPLE = 'postgres://user:password@db1.example.com,db2.example.com/fairlead'
const PORT = 5432
const PARAMETERS = [
  'host',
  'port',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'target_session_attrs',
]
const URL_PATTERN =
  /^postgres(?:ql)?:\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?<hosts>[^/?#@]*)(?:\/(?<database>[^?#/]*))?(?:\?(?<query>[^#]*))?$/

/**
 * Parses `FAIRLEAD_DATABASE_URL`, which has libpq's format; null if it isn't set.
 * @throws Error with a one-line message, without the URL, which may contain a password
 */
export function readDatabaseUrl(env: Environment): DatabaseAddress | null {
  const text = env[NAME]
  return text ? parseDatabaseUrl(text) : null
}

/** Parses such a URL from elsewhere. @throws Error as `readDatabaseUrl` does */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  const parts = URL_PATTERN.exec(text)?.groups
  if (!parts) throw new Error(`${NAME} must be the URL of a PostgreSQL database: ${EXAMPLE}`)
  const query = readQuery(parts.query ?? '')
  const user = decode(parts.user ?? '', 'user')
  const database = decode(parts.database ?? '', 'database')
  if (!user) throw new Error(`${NAME} must name a user: ${EXAMPLE}`)
  if (!database) throw new Error(`${NAME} must name a database: ${EXAMPLE}`)
  return {
    hosts: readHosts(parts.hosts ?? '', query),
    user,
    password: parts.password ? decode(parts.password, 'password') : null,
    database,
    tls: readTls(query),
  }
}

type Query = ReadonlyMap<string, string>

function readQuery(text: string): Query {
  const query = new Map<string, string>()
  for (const pair of text.split('&').filter(Boolean)) {
    const [name = '', ...value] = pair.split('=')
    if (!PARAMETERS.includes(name)) {
      throw new Error(
        `${NAME} has an unknown parameter. The parameters are ${PARAMETERS.join(', ')}.`,
      )
    }
    query.set(name, decode(value.join('='), name))
  }
  const session = query.get('target_session_attrs') ?? 'read-write'
  if (!['read-write', 'primary'].includes(session)) {
    throw new Error(
      `${NAME}: target_session_attrs must be read-write: Fairlead works on the primary.`,
    )
  }
  return query
}

function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error(
      `${NAME}: its ${part} is not percent-encoded. Write % as %25, : as %3A, / as %2F, @ as %40.`,
    )
  }
}

function readHosts(text: string, query: Query): DatabaseAddress['hosts'] {
  const list = text === '' ? (query.get('host') ?? '') : decode(text, 'host')
  const ports = (query.get('port') ?? '').split(',').filter(Boolean)
  const hosts = list.split(',').map((one, at) => {
    const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::([^:]*))?$/.exec(one) ?? []
    return { host: readHost(host), port: readPort(port ?? ports[at] ?? ports[0]) }
  })
  return hosts
}

function readHost(text: string): string {
  const inBrackets = /^\[(.*)\]$/.exec(text)?.[1]
  const host = inBrackets ?? text
  const isValid =
    inBrackets === undefined
      ? host.startsWith('/') || /^[\w.-]+$/.test(host)
      : isIP(inBrackets) === 6
  if (isValid) return host
  throw new Error(`${NAME} must have a host, or several with commas: ${EXAMPLE}`)
}

function readPort(text = String(PORT)): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port
  throw new Error(`${NAME}: a port must be a whole number from 1 to 65535.`)
}

function readTls(query: Query): DatabaseAddress['tls'] {
  const rootCertificate = fileOf(query, 'sslrootcert')
  const preset = rootCertificate === 'system' ? 'verify-full' : 'prefer'
  const mode = TlsMode.safeParse(query.get('sslmode') || preset)
  if (!mode.success) {
    throw new Error(`${NAME}: sslmode must be one of ${TlsMode.options.join(', ')}.`)
  }
  if (rootCertificate === 'system' && mode.data !== 'verify-full') {
    throw new Error(`${NAME}: sslrootcert=system needs sslmode=verify-full.`)
  }
  const certificate = fileOf(query, 'sslcert')
  const key = fileOf(query, 'sslkey')
  if ((certificate === null) !== (key === null)) {
    throw new Error(`${NAME}: sslcert and sslkey go together: set both or none.`)
  }
  return { mode: mode.data, rootCertificate, certificate, key }
}

/** The absolute path of a parameter's file; null if it isn't given. */
function fileOf(query: Query, name: string): string | null {
  const file = query.get(name)
  if (!file) return null
  return name === 'sslrootcert' && file === 'system' ? file : resolve(file)
}
