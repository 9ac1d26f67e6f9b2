import { referencedName, type Schema } from './api-document.ts'

/** The description of a value: its type, allowed values and fields. */
export type SchemaView = {
  /** "string", "list of integer", "object or null"; "" before the name of an object. */
  type: string
  /** The named object that the value, or each item of the list, is. It is described once on the page. */
  object: string | null
  /** The values of an enum. */
  values: string[]
  /** "1 to 255 characters", "default asc". */
  limits: string[]
  fields: FieldView[]
  /** The alternatives, if the value may be one of several objects. */
  variants: SchemaView[]
}
export type FieldView = SchemaView & { name: string; required: boolean; description: string }

/** The view of a schema. Named objects are not expanded, so recursive schemas end. */
export function viewOf(schema: Schema): SchemaView {
  const { some, nullable } = alternatives(schema)
  const views = some.map(viewOfOne)
  const [first] = views
  const several = views.length > 1
  const objects = views.filter(({ fields, object }) => object !== null || fields.length > 0)
  const types = [
    ...new Set(views.map(({ type }) => type).filter(Boolean)),
    ...(nullable ? ['null'] : []),
  ]
  return {
    type: types.join(' or '),
    object: several ? null : (first?.object ?? null),
    values: several ? [] : (first?.values ?? []),
    limits: [...views.flatMap(({ limits }) => limits), ...defaultOf(schema)],
    fields: several ? [] : (first?.fields ?? []),
    variants: several ? objects : [],
  }
}

/** The alternatives of a schema except null. */
function alternatives(schema: Schema): { some: Schema[]; nullable: boolean } {
  const listed = schema.anyOf ?? schema.oneOf ?? (schema.allOf?.length === 1 ? schema.allOf : null)
  if (listed) {
    const all = listed.map(alternatives)
    const isNull = (one: Schema) => one.type === 'null'
    const some = all.flatMap((one) => one.some).filter((one) => !isNull(one))
    return { some, nullable: listed.some(isNull) || all.some(({ nullable }) => nullable) }
  }
  if (!Array.isArray(schema.type)) return { some: [schema], nullable: false }
  const types = schema.type.filter((type) => type !== 'null')
  return {
    some: types.map((type) => ({ ...schema, type })),
    nullable: types.length < schema.type.length,
  }
}

/** The view of a schema with a single type. */
function viewOfOne(schema: Schema): SchemaView {
  const values = (schema.enum ?? []).filter((value) => value !== null).map(String)
  const own = { values, limits: limitsOf(schema), variants: [] }
  const object = referencedName(schema)
  if (object !== null) return { ...own, type: '', object, fields: [] }
  if (schema.type === 'array') return viewOfList(schema)
  return { ...own, type: typeOf(schema), object: null, fields: fieldsOf(schema) }
}

function viewOfList(schema: Schema): SchemaView {
  const item = viewOf(schema.items ?? {})
  return {
    ...item,
    type: `list of ${item.type}`.trimEnd(),
    limits: [...limitsOf(schema), ...item.limits.map((limit) => `each: ${limit}`)],
  }
}

function typeOf({ type, format, additionalProperties, properties }: Schema): string {
  if (typeof type !== 'string') return 'any value'
  const values = typeof additionalProperties === 'object' ? viewOf(additionalProperties).type : ''
  if (values && !properties) return `object of ${values}, by key`
  return format ? `${type} (${format})` : type
}

function fieldsOf({ properties = {}, required = [], additionalProperties }: Schema): FieldView[] {
  const fields = Object.entries(properties).map(([name, schema]) =>
    fieldOf(name, schema, required.includes(name)),
  )
  if (fields.length > 0 || typeof additionalProperties !== 'object') return fields
  return viewOf(additionalProperties).fields
}

/** A named value: a field of an object, or a parameter. */
export function fieldOf(name: string, schema: Schema, required: boolean): FieldView {
  return { ...viewOf(schema), name, required, description: schema.description ?? '' }
}

function limitsOf(schema: Schema): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = schema
  return [
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' items'),
    pattern ? `matches ${pattern}` : '',
  ].filter(Boolean)
}

function range(low: number | undefined, high: number | undefined, unit: string): string {
  if (low !== undefined && high !== undefined) return `${low} to ${high}${unit}`
  if (low !== undefined) return `at least ${low}${unit}`
  return high === undefined ? '' : `at most ${high}${unit}`
}

function defaultOf({ default: value }: Schema): string[] {
  if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return []
  return [`default ${typeof value === 'string' ? value : JSON.stringify(value)}`]
}
