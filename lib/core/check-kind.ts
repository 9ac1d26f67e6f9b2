// Separate from health-check.ts, so that pages don't load zod for it.

/** The types of health checks. The API's key for the options of a type is `tcp_config`, `http_config`, … */
export const CHECK_KINDS = ['tcp', 'http', 'https', 'mysql', 'pgsql', 'redis', 'ldap'] as const
export type CheckKind = (typeof CHECK_KINDS)[number]
export type CheckConfigKey = `${CheckKind}_config`

/** The type whose options are set; `tcp` if none are. */
export function checkKindOf(check: { [Key in CheckConfigKey]?: unknown }): CheckKind {
  return CHECK_KINDS.find((kind) => check[`${kind}_config`] != null) ?? 'tcp'
}
