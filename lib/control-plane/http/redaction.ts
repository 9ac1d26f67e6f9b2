import type { Reader } from '../store/reader.ts'
import type { Http } from './environment.ts'

/** The replacement of a value that the caller may not see. */
export const HIDDEN = '(hidden)'

type Fields = Record<string, unknown>

/** The caller, and the names of accounts for callers who may not see emails. */
export type RedactionContext = {
  ownId: string
  ownName: string
  names: ReadonlyMap<string, string>
}

/**
 * Redacts a response for its caller. Viewers and read-only tokens see neither webhook addresses, which often contain a secret, nor
 * the emails of others. Fields are recognized by the shape of the object they are in, because history entries contain raw rows.
 */
export async function redactFor(http: Http, reader: Reader, value: unknown): Promise<unknown> {
  const { rights, actor } = http.var
  if (rights.includes('write')) return value
  const accounts = await reader.selectFrom('users').select(['id', 'name']).execute()
  const named = accounts.filter(({ name }) => !name.includes('@'))
  const names = new Map(named.map(({ id, name }) => [id, name]))
  return redact(value, { ownId: actor.id, ownName: actor.name, names })
}

/** A copy of a JSON value with the hidden fields replaced. */
export function redact(value: unknown, viewer: RedactionContext): unknown {
  if (Array.isArray(value)) return value.map((one) => redact(one, viewer))
  if (value === null || typeof value !== 'object') return value
  const all = Object.entries(value).map(([key, field]) => [key, redact(field, viewer)])
  const fields: Fields = Object.fromEntries(all)
  return { ...fields, ...hiddenFields(fields, viewer) }
}

/** The hidden fields of an object, with their replacements. */
function hiddenFields(fields: Fields, viewer: RedactionContext): Fields {
  const { id, kind, name, email, uri } = fields
  if (kind === 'account') return { name: redactedActorName(id, name, viewer) }
  return {
    ...(isText(email) && id !== viewer.ownId && { email: HIDDEN }),
    // The name defaults to the email.
    ...(isText(email) && id !== viewer.ownId && isEmail(name) && { name: HIDDEN }),
    // A subscriber's row in the history. Health checks have a `uri` too.
    ...(isText(uri) && 'email' in fields && { uri: HIDDEN }),
    ...('webhook_config' in fields && { webhook_config: hiddenUri(fields.webhook_config) }),
    ...(isOtherCreator(fields.created_by, viewer) && { created_by: HIDDEN }),
    // Errors of mail servers contain the address, those of TLS the host.
    ...(isText(fields.outcome) && !/^HTTP \d+/.test(fields.outcome) && { outcome: HIDDEN }),
  }
}

const isEmail = (value: unknown) => isText(value) && value.includes('@')

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function hiddenUri(config: unknown): unknown {
  return config !== null && typeof config === 'object' ? { ...config, uri: HIDDEN } : config
}

/** Whether `created_by` is the email of another account. The access key of a token isn't secret. */
const isOtherCreator = (by: unknown, { ownName }: RedactionContext) => isEmail(by) && by !== ownName

/** An actor's name, or the start of the account's ID if it has none. */
function redactedActorName(
  id: unknown,
  name: unknown,
  { ownId, names }: RedactionContext,
): unknown {
  if (id === ownId) return name
  return isText(id) ? (names.get(id) ?? `account ${id.slice(0, 8)}`) : HIDDEN
}
