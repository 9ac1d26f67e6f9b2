import { ArrowRight } from 'lucide-react'
import type { ChangedField } from './changed-fields.ts'

/** Fields with their values before and after: "Port 80 → 8080". */
export function FieldChanges({ fields }: { fields: readonly ChangedField[] }) {
  if (fields.length === 0) return null
  return (
    <dl className="grid gap-0.5 text-[0.8125rem]">
      {fields.map((field) => (
        <div key={field.label} className="flex flex-wrap gap-x-2">
          <dt className="text-muted">{field.label}</dt>
          <dd className="flex min-w-0 flex-wrap items-center gap-x-2 font-mono">
            {'added' in field ? <ListChange {...field} /> : <ValueChange {...field} />}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function ValueChange({ before, after }: { before: string | null; after: string | null }) {
  return (
    <>
      {before !== null && (
        <del className="text-muted no-underline">
          <span className="sr-only">before: </span>
          {before}
        </del>
      )}
      {before !== null && after !== null && (
        <ArrowRight aria-hidden className="size-3.5 shrink-0 text-muted" />
      )}
      {after === null ? (
        'Not used any more'
      ) : (
        <ins className="no-underline">
          {before !== null && <span className="sr-only">after: </span>}
          {after}
        </ins>
      )}
    </>
  )
}

function ListChange({ added, removed }: { added: string[]; removed: string[] }) {
  return (
    <>
      {added.map((one) => (
        <ins key={one} className="text-ok no-underline">
          <span className="sr-only">added </span>
          <span aria-hidden>+</span>
          {one}
        </ins>
      ))}
      {removed.map((one) => (
        <del key={one} className="text-danger no-underline">
          <span className="sr-only">removed </span>
          <span aria-hidden>−</span>
          {one}
        </del>
      ))}
    </>
  )
}
