import type { Reader } from '../store/store.ts'
import type { Http } from './environment.ts'

/** What stands in place of a value that the caller may not see. */
export const HIDDEN = '(hidden)'

type Fields = Record<string, unknown>

/** Whom an answer is for, and what people are called by those who may not see their emails. */
export type Reading = { ownId: string; ownName: string; names: ReadonlyMap<string, string> }

/**
 * An answer as its caller may see it. Who may change nothing (a viewer, a token that only reads) is told neither where
 * webhooks lead, which is often the secret itself, nor people's emails but their own. Every answer of an endpoint passes
 * here, and values are known by the shapes that hold them: in objects, in lines of the history and in its rows alike.
 */
export async function redacted(http: Http, reader: Reader, value: unknown): Promise<unknown> {
  const { rights, actor } = http.var
  if (rights.includes('write')) return value
  const people = await reader.selectFrom('users').select(['id', 'name']).execute()
  const named = people.filter(({ name }) => !name.includes('@'))
  const names = new Map(named.map(({ id, name }) => [id, name]))
  return hide(value, { ownId: actor.id, ownName: actor.name, names })
}

/** A JSON value without what its reader may not see. */
export function hide(value: unknown, reading: Reading): unknown {
  if (Array.isArray(value)) return value.map((one) => hide(one, reading))
  if (value === null || typeof value !== 'object') return value
  const all = Object.entries(value).map(([key, field]) => [key, hide(field, reading)])
  const fields: Fields = Object.fromEntries(all)
  return { ...fields, ...hiddenFields(fields, reading) }
}

/** The fields of one object that are hidden, with what stands there instead. */
function hiddenFields(fields: Fields, reading: Reading): Fields {
  const { id, kind, name, email, uri } = fields
  if (kind === 'account') return { name: nameOf(id, name, reading) }
  return {
    ...(isText(email) && id !== reading.ownId && { email: HIDDEN }),
    // An account without a name of its own is called by its email.
    ...(isText(email) && id !== reading.ownId && isEmail(name) && { name: HIDDEN }),
    // A subscriber's row in the history. Health checks have a path of this name.
    ...(isText(uri) && 'email' in fields && { uri: HIDDEN }),
    ...('webhook_config' in fields && { webhook_config: hiddenUri(fields.webhook_config) }),
    ...(isMaker(fields.created_by, reading) && { created_by: HIDDEN }),
    // Mail servers repeat the address, and TLS the host, that they refuse.
    ...(isText(fields.outcome) && !/^HTTP \d+/.test(fields.outcome) && { outcome: HIDDEN }),
  }
}

const isEmail = (value: unknown) => isText(value) && value.includes('@')

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function hiddenUri(config: unknown): unknown {
  return config !== null && typeof config === 'object' ? { ...config, uri: HIDDEN } : config
}

/** Whether a token was made by somebody else, by their email; the access key of another token is no secret. */
const isMaker = (by: unknown, { ownName }: Reading) => isEmail(by) && by !== ownName

/** Who did something: by name, or else by a part of the account's id, which tells one from another. */
function nameOf(id: unknown, name: unknown, { ownId, names }: Reading): unknown {
  if (id === ownId) return name
  return isText(id) ? (names.get(id) ?? `account ${id.slice(0, 8)}`) : HIDDEN
}
