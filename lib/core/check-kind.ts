// Apart from the schemas in health-check.ts: pages name checks, and need not load zod for that.

/** The kinds of health check, each the key of its options in the API: `tcp_config`, `http_config`, … */
export const CHECK_KINDS = ['tcp', 'http', 'https', 'mysql', 'pgsql', 'redis', 'ldap'] as const
export type CheckKind = (typeof CHECK_KINDS)[number]
export type CheckConfigKey = `${CheckKind}_config`

/** Which one of the options is set; `tcp` where none is. */
export function checkKindOf(check: { [Key in CheckConfigKey]?: unknown }): CheckKind {
  return CHECK_KINDS.find((kind) => check[`${kind}_config`] != null) ?? 'tcp'
}
