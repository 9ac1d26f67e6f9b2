import * as z from 'zod'

/** libpq's `sslmode`: whether connections are encrypted, and what is checked of the server's certificate. */
export const TlsMode = z.enum(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'])
export type TlsMode = z.output<typeof TlsMode>

/** A PostgreSQL database and how to connect to it. */
export const DatabaseAddress = z.object({
  /** Its servers, of which one is the primary. A host that begins with "/" is a directory with a Unix socket. */
  hosts: z.array(z.object({ host: z.string().min(1), port: z.int() })).min(1),
  user: z.string(),
  password: z.string().nullable(),
  database: z.string(),
  tls: z.object({
    mode: TlsMode,
    /** Files with PEM; null if not given. `rootCertificate` can also be "system". */
    rootCertificate: z.string().nullable(),
    certificate: z.string().nullable(),
    key: z.string().nullable(),
  }),
})
export type DatabaseAddress = z.output<typeof DatabaseAddress>

/** A server as "host:port", or the directory of its socket. */
export const serverName = ({ host, port }: DatabaseAddress['hosts'][number]) =>
  host.startsWith('/') ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`

/** The database and its servers, for people: "fairlead on db1.example.com:5432, db2.example.com:5432". */
export const databaseName = ({ database, hosts }: DatabaseAddress) =>
  `${database} on ${hosts.map(serverName).join(', ')}`
