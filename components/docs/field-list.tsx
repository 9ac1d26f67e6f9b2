import { Code } from '#components/ui/code.tsx'
import { objectId } from './reference.ts'
import type { FieldView, SchemaView } from './schema-view.ts'

/** The name of an object, leading to where it is described. */
function ObjectLink({ name }: { name: string }) {
  return (
    <a href={`#${objectId(name)}`} className="text-accent underline underline-offset-2">
      {name}
    </a>
  )
}

/** A value's type and what it may be, in a line. */
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

/** Of requests it is said what they must have, of answers what they may lack. */
type Side = 'request' | 'answer'

function Presence({ side, required }: { side: Side; required: boolean }) {
  if (side === 'request' && required) {
    return <span className="text-xs font-medium text-warn">required</span>
  }
  return side === 'answer' && !required ? (
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
      <Inner view={field} side={side} />
    </li>
  )
}

/** What a value holds, set in under it. */
function Inner({ view, side }: { view: SchemaView; side: Side }) {
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

/** Fields or parameters, each with what it holds. */
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

/** A whole value: a body or an answer. */
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
