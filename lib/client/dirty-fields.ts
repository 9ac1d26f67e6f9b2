type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether two JSON values, or NaN, are equal. */
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
 * The fields that a form changes. Inputs can't represent every value that the API accepts, so the request of an untouched
 * form may differ from the object that filled it. Only a difference between two requests of the form is an edit.
 * @param base the object in the API
 * @param before the request of the untouched inputs
 * @param after the request of the current inputs
 * @returns the fields that differ. An object among them is complete: its other fields are those of the base.
 */
export function dirtyFields<Request extends object>(
  base: object,
  before: Request,
  after: Request,
): Partial<Request> {
  const was = before as Fields
  const changed = Object.entries(after).flatMap(([name, value]) => {
    if (isSame(was[name], value)) return []
    const current = (base as Fields)[name]
    const isNested = isFields(current) && isFields(was[name]) && isFields(value)
    return [
      [name, isNested ? withDirtyFields(current, was[name] as Fields, value) : value] as const,
    ]
  })
  return Object.fromEntries(changed) as Partial<Request>
}

/** The base with the fields that a form changes. */
export function withDirtyFields<Base extends object, Request extends object>(
  base: Base,
  before: Request,
  after: Request,
): Base & Request {
  const removed = Object.keys(before).filter((name) => !Object.hasOwn(after, name))
  const kept = Object.entries(base).filter(([name]) => !removed.includes(name))
  return { ...Object.fromEntries(kept), ...dirtyFields(base, before, after) } as Base & Request
}
