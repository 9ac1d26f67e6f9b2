import { clsx } from 'clsx'
import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

/** The attributes that connect a control with its label, hint and error. */
export type FieldControl = {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
}

/** The texts of a field. */
export type FieldText = {
  label: ReactNode
  /** Limits and examples, under the control. */
  hint?: ReactNode
  /** What is wrong and how to correct it. */
  error?: string | undefined
  /** Shows "optional" beside the label. */
  optional?: boolean
  /** Shows the label to screen readers only, where a column heading already shows it. */
  hideLabel?: boolean
}

/** A field: label, control, hint and error. `children` renders the control. */
export function Field({
  id,
  label,
  hint,
  error,
  optional,
  hideLabel,
  layout = 'above',
  className,
  children,
}: FieldText & {
  id: string
  /** Where the label stands: above the control, or beside a checkbox. */
  layout?: 'above' | 'beside'
  className?: string | undefined
  children: (control: FieldControl) => ReactNode
}) {
  const describedBy = clsx(error && `${id}-error`, hint && `${id}-hint`)
  const labelled = (
    <label htmlFor={id} className={hideLabel ? 'sr-only' : 'font-medium'}>
      {label}
      {optional && <span className="font-normal text-muted"> (optional)</span>}
    </label>
  )
  const control = children({
    id,
    'aria-describedby': describedBy || undefined,
    'aria-invalid': error ? true : undefined,
  })
  return (
    <div className={clsx('grid content-start gap-1.5', className)}>
      {layout === 'above' ? (
        <>
          {labelled}
          {control}
        </>
      ) : (
        <div className="flex min-h-6 items-center gap-2">
          {control}
          {labelled}
        </div>
      )}
      {error && <FieldError id={`${id}-error`}>{error}</FieldError>}
      {hint && <FieldHint id={`${id}-hint`}>{hint}</FieldHint>}
    </div>
  )
}

export function FieldError({ id, children }: { id: string; children: ReactNode }) {
  return (
    <p id={id} className="flex gap-1.5 text-[0.8125rem]/5 text-danger">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span>{children}</span>
    </p>
  )
}

export function FieldHint({ id, children }: { id: string; children: ReactNode }) {
  return (
    <p id={id} className="text-[0.8125rem]/5 text-muted">
      {children}
    </p>
  )
}
