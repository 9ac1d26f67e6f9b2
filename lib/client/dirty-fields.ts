type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether two values made of JSON's types, and numbers that are none, are the same. */
function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, at) => isSame(item, other[at]))
  }
  if (!isFields(one) || !isFields(other)) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name]))
  )
}

/**
 * What a form changes. Text in inputs can't hold everything that the API has, so a request made of them may differ from the
 * object that filled them even if nobody typed. Only differences between two such requests are what somebody typed.
 * @param known the object as the API has it
 * @param before the request made of the inputs as they were filled
 * @param after the request made of the inputs now
 * @returns the fields that differ; objects in them are whole, with what is known beside
 */
export function dirtyFields<Request extends object>(
  known: object,
  before: Request,
  after: Request,
): Partial<Request> {
  const was = before as Fields
  const changed = Object.entries(after).flatMap(([name, value]) => {
    if (isSame(was[name], value)) return []
    const current = (known as Fields)[name]
    const isNested = isFields(current) && isFields(was[name]) && isFields(value)
    return [
      [name, isNested ? withDirtyFields(current, was[name] as Fields, value) : value] as const,
    ]
  })
  return Object.fromEntries(changed) as Partial<Request>
}

/** The object that a form makes of a known one. Fields that were not edited keep the known values. */
export function withDirtyFields<Known extends object, Request extends object>(
  known: Known,
  before: Request,
  after: Request,
): Known & Request {
  const removed = Object.keys(before).filter((name) => !Object.hasOwn(after, name))
  const kept = Object.entries(known).filter(([name]) => !removed.includes(name))
  return { ...Object.fromEntries(kept), ...dirtyFields(known, before, after) } as Known & Request
}
