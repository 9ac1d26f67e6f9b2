import { type DatabaseAddress, serverName } from '#lib/protocol/settings/database-address.ts'
import { DatabaseProblem, type DatabaseProblemKind } from '../../database-problem.ts'

type Server = DatabaseAddress['hosts'][number]

/** Where an error happened, for its message. */
export type ErrorPlace = Pick<DatabaseAddress, 'user' | 'database'> & { server: Server }

/** A problem that ends by itself, such as a failover, or one for which the operator must act. */
type Explained = { kind: DatabaseProblemKind; text: string; isSettled?: boolean }

/** Errors of PostgreSQL by their SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const BY_STATE: Record<string, (place: ErrorPlace, message: string) => Explained> = {
  '53100': ({ server }) => ({
    kind: 'disk_full',
    text: `The disk of the database on ${serverName(server)} is full. Free some space there.`,
  }),
  // It can't extend a file, or write its log.
  '58030': ({ server }, message) => ({
    kind: 'disk_full',
    text: `The database on ${serverName(server)} can't write to its disk: ${message}.`,
  }),
  '25006': ({ server }) => ({
    kind: 'read_only',
    text: `The database on ${serverName(server)} is read-only: it is a standby, or set to read-only.`,
  }),
  '28P01': ({ user, database, server }) => ({
    kind: 'unreachable',
    text: `The database ${database} on ${serverName(server)} refuses the password of ${user}. Check FAIRLEAD_DATABASE_URL.`,
    isSettled: true,
  }),
  '28000': ({ user, database, server }, message) => ({
    kind: 'unreachable',
    text:
      `PostgreSQL on ${serverName(server)} does not let ${user} connect to the database ${database}: ${message}. ` +
      'Check pg_hba.conf and FAIRLEAD_DATABASE_URL.',
    isSettled: true,
  }),
  '42501': ({ user, database }, message) => ({
    kind: 'unreachable',
    text: `${user} lacks a permission in the database ${database}: ${message}. Make ${user} the owner of the database.`,
    isSettled: true,
  }),
  '3D000': ({ database, server }) => ({
    kind: 'unreachable',
    text: `There is no database ${database} on ${serverName(server)}. ${howToCreate(database)}`,
    isSettled: true,
  }),
  '53300': ({ server }) => ({
    kind: 'busy',
    text:
      `PostgreSQL on ${serverName(server)} has no connection left. Raise max_connections: each control plane uses ` +
      'up to 14.',
  }),
  '57014': ({ server }) => ({
    kind: 'slow',
    text: `The database on ${serverName(server)} did not answer in time. If it waits for a synchronous standby, check that one.`,
  }),
  '55P03': ({ server }) => ({
    kind: 'slow',
    text: `The database on ${serverName(server)} waited too long for a lock.`,
  }),
  '57P03': ({ server }, message) => ({
    kind: 'unreachable',
    text: `PostgreSQL on ${serverName(server)} does not accept connections now: ${message}.`,
  }),
}
BY_STATE['53200'] = BY_STATE['53300'] as NonNullable<(typeof BY_STATE)[string]>

/** The connection was ended by the server: an operator, a crash, a shutdown, or a transaction that was idle for too long. */
const ENDED_STATES = ['57P01', '57P02', '57P05', '25P03', '25P04']

/** Errors of Node's TLS, by the beginning of their code. */
const TLS_CODE =
  /^(ERR_TLS|ERR_SSL|ERR_OSSL|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|CERT_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/
const TLS_MESSAGE = /\bSSL\b|\bTLS\b|certificate/i

const UNRESOLVED = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA']

/** The statement that creates a usable database. */
export const howToCreate = (database: string) =>
  `Create it: create database "${database}" encoding 'UTF8' locale 'C' template template0`

/** A problem that stays until the operator acts. */
export class SettledProblem extends DatabaseProblem {}

/** Turns an error of a connection or a query into a `DatabaseProblem`. Errors of the query itself, such as a broken constraint, stay. */
export function databaseProblem(error: unknown, place: ErrorPlace): Error {
  if (error instanceof DatabaseProblem) return error
  const { code = '', message = String(error) } = error as { code?: string; message?: string }
  const [line = ''] = message.split('\n')
  const explained = BY_STATE[code]?.(place, line) ?? ofConnection(code, line, place)
  if (!explained) return error as Error
  const { kind, text, isSettled = false } = explained
  const Problem = isSettled ? SettledProblem : DatabaseProblem
  return new Problem(text, { kind, cause: error })
}

/** Explains errors that PostgreSQL has not reported itself; null for an error that is none of the connection's. */
function ofConnection(code: string, message: string, place: ErrorPlace): Explained | null {
  const name = serverName(place.server)
  if (ENDED_STATES.includes(code) || code.startsWith('08')) {
    return { kind: 'unreachable', text: `PostgreSQL on ${name} ended the connection: ${message}.` }
  }
  if (UNRESOLVED.includes(code)) {
    const text = `There is no host ${place.server.host} for the database. Check FAIRLEAD_DATABASE_URL and the DNS.`
    return { kind: 'unreachable', text }
  }
  if (/^SASL|password must be a string/.test(message)) {
    const text = `PostgreSQL on ${name} did not accept the password of ${place.user}. Check FAIRLEAD_DATABASE_URL.`
    return { kind: 'unreachable', text, isSettled: true }
  }
  if (TLS_CODE.test(code) || (!isState(code) && TLS_MESSAGE.test(message))) {
    const text = `The TLS connection to PostgreSQL on ${name} failed: ${message}. Check sslmode and its files in FAIRLEAD_DATABASE_URL.`
    return { kind: 'unreachable', text, isSettled: true }
  }
  if (isState(code)) return null
  return {
    kind: 'unreachable',
    text: `PostgreSQL on ${name} can't be reached: ${reason(code, message)}. Check that it runs, and FAIRLEAD_DATABASE_URL.`,
  }
}

/** Whether a code is an SQLSTATE: PostgreSQL itself reported the error. */
const isState = (code: string) => /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code)

function reason(code: string, message: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there'
    case 'ENOENT':
      return 'its socket is missing'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'there is no route to it'
    case 'ETIMEDOUT':
      return 'it does not answer'
    default:
      return /timeout expired|read timeout/i.test(message) ? 'it does not answer' : message
  }
}
