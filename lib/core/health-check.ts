import * as z from 'zod'
import type { CheckConfigKey } from './check-kind.ts'
import { durationOf, millisecondsOf } from './duration.ts'
import { INT32_MAX, nullable, portOf, withDefault } from './fields.ts'
import { isDatabaseUser, parseCheckTarget } from './health-check-text.ts'
import { parseDnsName } from './host.ts'
import { HostField } from './host-field.ts'

const METHOD_HINT = 'Method must be an HTTP method. For example: GET'
// SDKs send "" and 0 for unset fields.
const Method = withDefault(
  z
    .string()
    .trim()
    .toUpperCase()
    .max(10, { error: METHOD_HINT })
    .regex(/^(?:[A-Z]{3,10})?$/, { error: METHOD_HINT })
    .transform((method) => method || 'GET'),
  'GET',
)
const Uri = z
  .string({ error: 'Path is required.' })
  .trim()
  .max(2048, { error: 'Path can have at most 2048 characters.' })
  .refine((uri) => parseCheckTarget(uri) !== null, {
    error: 'Path must begin with / and have no spaces. For example: /health',
  })
const CODE_ERROR = 'Expected code must be from 100 to 599.'
const Code = withDefault(
  z
    .int({ error: CODE_ERROR })
    .refine((code) => code === 0 || (code >= 100 && code <= 599), { error: CODE_ERROR })
    .transform((code) => code || 200)
    .meta({ description: 'The expected status, 100 to 599; 0 for 200.' }),
  200,
)
const Sni = withDefault(
  z
    .string()
    .trim()
    .max(255, { error: 'Server name can have at most 255 characters.' })
    .refine((name) => name === '' || parseDnsName(name) !== null, {
      error:
        'Server name (SNI) must be a host name, without a port, and not an IP address. For example: www.example.com',
    }),
  '',
)
const User = z
  .string({ error: 'User is required.' })
  .trim()
  .min(1, { error: 'User is required.' })
  .max(63, { error: 'User can have at most 63 characters.' })
  .refine(isDatabaseUser, { error: "User can't contain spaces or line breaks." })

const HttpConfig = z.object({
  uri: Uri,
  method: Method,
  code: Code,
  host_header: withDefault(HostField, ''),
})

/** The options of each type of health check. A check has one of them. */
export const CHECK_CONFIGS = {
  tcp_config: z.object({}),
  http_config: HttpConfig,
  https_config: HttpConfig.extend({ sni: Sni }),
  mysql_config: z.object({ user: User }),
  pgsql_config: z.object({ user: User }),
  redis_config: z.object({}),
  ldap_config: z.object({}),
} as const satisfies Record<CheckConfigKey, z.ZodType>

const RETRIES_ERROR = `Check retries must be from 1 to ${INT32_MAX}.`

const configKeys = Object.keys(CHECK_CONFIGS) as CheckConfigKey[]

/** A backend's health check as requests carry it (`health_check`, `PUT backends/{id}/healthcheck`). */
export const HealthCheckInput = z
  .object({
    port: portOf('Health check port'),
    check_delay: nullable(millisecondsOf('Check delay', { min: 100, zero: 'the default, 3 s' })),
    check_timeout: nullable(millisecondsOf('Check timeout', { min: 10, zero: 'the default, 1 s' })),
    check_max_retries: z
      .int({
        error: (issue) =>
          issue.input === undefined ? 'Check retries is required.' : RETRIES_ERROR,
      })
      .min(1, { error: RETRIES_ERROR })
      .max(INT32_MAX, { error: RETRIES_ERROR })
      .meta({
        description: `Consecutive failed checks before a server is marked down, 1 to ${INT32_MAX}.`,
      }),
    check_send_proxy: withDefault(z.boolean(), false),
    transient_check_delay: nullable(durationOf('Transient check delay', 'the default, 0.5 s')),
    tcp_config: CHECK_CONFIGS.tcp_config.nullish(),
    http_config: CHECK_CONFIGS.http_config.nullish(),
    https_config: CHECK_CONFIGS.https_config.nullish(),
    mysql_config: CHECK_CONFIGS.mysql_config.nullish(),
    pgsql_config: CHECK_CONFIGS.pgsql_config.nullish(),
    redis_config: CHECK_CONFIGS.redis_config.nullish(),
    ldap_config: CHECK_CONFIGS.ldap_config.nullish(),
  })
  .superRefine((check, context) => {
    const set = configKeys.filter((key) => check[key] != null)
    for (const key of set.slice(1)) {
      context.addIssue({
        code: 'custom',
        path: [key],
        message: `A health check has one type, but ${set.join(' and ')} are set.`,
      })
    }
  })
  .transform(({ ...check }) => {
    const kept = configKeys.find((key) => check[key] != null) ?? 'tcp_config'
    for (const key of configKeys) if (key !== kept) delete check[key]
    check[kept] ??= {} as never
    return check
  })
export type HealthCheckInput = z.infer<typeof HealthCheckInput>

/** A health check as the API returns it: exactly one `*_config`. */
export const HealthCheck = z.object({
  port: z.int(),
  check_delay: z.int().nullable(),
  check_timeout: z.int().nullable(),
  check_max_retries: z.int(),
  check_send_proxy: z.boolean(),
  transient_check_delay: z.string().nullable(),
  tcp_config: CHECK_CONFIGS.tcp_config.optional(),
  http_config: CHECK_CONFIGS.http_config.optional(),
  https_config: CHECK_CONFIGS.https_config.optional(),
  mysql_config: CHECK_CONFIGS.mysql_config.optional(),
  pgsql_config: CHECK_CONFIGS.pgsql_config.optional(),
  redis_config: CHECK_CONFIGS.redis_config.optional(),
  ldap_config: CHECK_CONFIGS.ldap_config.optional(),
})
export type HealthCheck = z.infer<typeof HealthCheck>
