import type { DesiredHealthCheck } from '#lib/protocol/desired-config.ts'
import { type Checker, passed } from '../checker.ts'
import { httpChecker } from './http.ts'
import { ldapChecker } from './ldap.ts'
import { mysqlChecker } from './mysql.ts'
import { pgsqlChecker } from './pgsql.ts'
import { redisChecker } from './redis.ts'

/** Passes when the server accepts the connection. */
const tcpChecker: Checker = {
  request: () => null,
  judge: () => passed('connected'),
}

/** The checker for a kind of health check. @throws InvalidCheck */
export function checkerOf({ kind, port }: DesiredHealthCheck, address: string): Checker {
  switch (kind.type) {
    case 'tcp':
      return tcpChecker
    case 'http':
    case 'https':
      return httpChecker(kind, address, port)
    case 'redis':
      return redisChecker
    case 'pgsql':
      return pgsqlChecker(kind.user)
    case 'mysql':
      return mysqlChecker(kind.user)
    case 'ldap':
      return ldapChecker
  }
}
