import { Code } from '#components/ui/code.tsx'
import { objectId } from './reference.ts'
import type { FieldView, SchemaView } from './schema-view.ts'

/** A link to an object's description. */
function ObjectLink({ name }: { name: string }) {
  return (
    <a href={`#${objectId(name)}`} className="text-accent underline underline-offset-2">
      {name}
    </a>
  )
}

/** A value's type, allowed values and limits. */
function TypeLine({ view }: { view: SchemaView }) {
  const { type, object, values, limits } = view
  return (
    <span className="text-muted">
      {type}
      {type && object && ' '}
      {object && <ObjectLink name={object} />}
      {values.length > 0 && ': '}
      {values.map((value, index) => (
        <span key={value}>
          {index > 0 && ', '}
          <Code className="text-text">{value}</Code>
        </span>
      ))}
      {limits.map((limit) => `, ${limit}`).join('')}
    </span>
  )
}

/** Requests mark required fields, responses mark fields that may be absent. */
type Side = 'request' | 'response'

function Presence({ side, required }: { side: Side; required: boolean }) {
  if (side === 'request' && required) {
    return <span className="text-xs font-medium text-warn">required</span>
  }
  return side === 'response' && !required ? (
    <span className="text-xs text-muted">not always</span>
  ) : null
}

function Field({ field, side }: { field: FieldView; side: Side }) {
  return (
    <li className="py-1.5">
      <div className="flex flex-wrap items-baseline gap-x-2">
        <Code className="font-medium">{field.name}</Code>
        <Presence side={side} required={field.required} />
        <TypeLine view={field} />
      </div>
      {field.description && <p>{field.description.replaceAll('`', '')}</p>}
      <NestedFields view={field} side={side} />
    </li>
  )
}

/** The fields of a value, indented. */
function NestedFields({ view, side }: { view: SchemaView; side: Side }) {
  if (view.fields.length === 0 && view.variants.length === 0) return null
  return (
    <div className="ml-1 border-l border-border pl-3">
      <Fields fields={view.fields} side={side} />
      {view.variants.map((variant, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the variants of a schema have no names and never move.
        <Variant key={index} view={variant} side={side} first={index === 0} />
      ))}
    </div>
  )
}

function Variant({ view, side, first }: { view: SchemaView; side: Side; first: boolean }) {
  return (
    <div className="py-1.5">
      <p className="text-muted">{first ? 'Either' : 'Or'}</p>
      {view.object && <ObjectLink name={view.object} />}
      <Fields fields={view.fields} side={side} />
    </div>
  )
}

/** Fields or parameters, with nested fields. */
export function Fields({ fields, side }: { fields: FieldView[]; side: Side }) {
  if (fields.length === 0) return null
  return (
    <ul>
      {fields.map((field) => (
        <Field key={field.name} field={field} side={side} />
      ))}
    </ul>
  )
}

/** The description of a request's or response's body. */
export function Value({ view, side }: { view: SchemaView; side: Side }) {
  const plain = view.type === 'object' && view.object === null
  return (
    <>
      {!plain && view.variants.length === 0 && <TypeLine view={view} />}
      <Fields fields={view.fields} side={side} />
      {view.variants.map((variant, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the variants of a schema have no names and never move.
        <Variant key={index} view={variant} side={side} first={index === 0} />
      ))}
    </>
  )
}
