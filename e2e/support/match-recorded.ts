type Json = Record<string, unknown>

/** Our IDs and addresses by those of the recording. */
export type Names = Map<string, string>

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
const NO_TIME = '0001-01-01T00:00:00Z'
/** Addresses, and names that contain one. */
const ADDRESS_KEYS = new Set(['ip_address', 'reverse', 'pool', 'server_ip', 'ip'])
/** The owner. The recorded organisation and project share one ID, ours have two. */
const OWNER_KEYS = new Set(['organization_id', 'project_id'])
/** Our keys that the real API lacks. */
const OWN_KEYS = new Set(['role', 'cluster', 'active'])
/** Transient states: whether they are seen depends on timing. */
const PASSING = new Set(['to_create', 'creating', 'migrating', 'to_delete', 'pending', 'unknown'])

/**
 * The differences between our response and the recorded one, one line each: keys, types, and values other than IDs, addresses
 * and times. Collects our IDs.
 */
export function differences(recorded: unknown, ours: unknown, names: Names): string[] {
  return compare(recorded, ours, names, '')
}

function compare(recorded: unknown, ours: unknown, names: Names, path: string): string[] {
  const kinds = [kindOf(recorded), kindOf(ours)]
  if (kinds[0] !== kinds[1]) return [`${path}: ${show(recorded)} is ${show(ours)} here`]
  if (Array.isArray(recorded)) return compareLists(recorded, ours as unknown[], names, path)
  if (kinds[0] === 'object') return compareObjects(recorded as Json, ours as Json, names, path)
  if (typeof recorded === 'string') return compareTexts(recorded, ours as string, names, path)
  return recorded === ours ? [] : [`${path}: ${show(recorded)} is ${show(ours)} here`]
}

function compareObjects(recorded: Json, ours: Json, names: Names, path: string): string[] {
  const missing = Object.keys(recorded).filter((key) => !(key in ours))
  const added = Object.keys(ours).filter((key) => !(key in recorded) && !OWN_KEYS.has(key))
  return [
    ...missing.map((key) => `${path}/${key}: missing`),
    ...added.map((key) => `${path}/${key}: the real API has not got it`),
    ...Object.keys(recorded)
      .filter((key) => key in ours && !mayDiffer(key, recorded, ours))
      .flatMap((key) => compare(recorded[key], ours[key], names, `${path}/${key}`)),
  ]
}

/** Values that depend on the time, or on the issuer of certificates. */
function mayDiffer(key: string, recorded: Json, ours: Json): boolean {
  if (recorded.type === 'letsencrypt') {
    return /^(status|status_details|fingerprint|not_valid_(before|after))$/.test(key)
  }
  const passes = PASSING.has(String(recorded.status)) || PASSING.has(String(ours.status))
  return passes && (key === 'status' || (key === 'type' && recorded.status === 'migrating'))
}

/** The real API lists one instance, or none during the start. */
function compareLists(recorded: unknown[], ours: unknown[], names: Names, path: string): string[] {
  const instances = path.endsWith('/instances')
  if (!instances && recorded.length !== ours.length) {
    return [`${path}: ${recorded.length} elements are ${ours.length} here`]
  }
  return recorded.flatMap((one, at) => compare(one, ours[at], names, `${path}/${at}`))
}

function compareTexts(recorded: string, ours: string, names: Names, path: string): string[] {
  const key = path.split('/').findLast((part) => !/^\d+$/.test(part)) ?? ''
  const same = ADDRESS_KEYS.has(key) || isSameText(recorded, ours, names, OWNER_KEYS.has(key))
  return same ? [] : [`${path}: ${show(recorded)} is ${show(ours)} here`]
}

function isSameText(recorded: string, ours: string, names: Names, isOwner: boolean): boolean {
  if (TIME.test(recorded) && recorded !== NO_TIME) return TIME.test(ours)
  if (!ID.test(recorded)) return recorded === ours
  if (isOwner || !ID.test(ours)) return ID.test(ours)
  if (!names.has(recorded)) names.set(recorded, ours)
  return names.get(recorded) === ours
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

const show = (value: unknown) => JSON.stringify(value) ?? 'nothing'
