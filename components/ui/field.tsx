import { clsx } from 'clsx'
import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

/** What a control needs in order to belong to its label, hint and error. */
export type FieldControl = {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
}

/** What every field of a form takes, whatever its control. */
export type FieldText = {
  label: ReactNode
  /** Limits and examples, under the control. */
  hint?: ReactNode
  /** What is wrong and how to mend it; none where it is right. */
  error?: string | undefined
  /** Says "optional" beside the label. */
  optional?: boolean
  /** Keeps the label for screen readers only, where a column or a heading already shows it. */
  hideLabel?: boolean
}

/** Label, control, hint and error of one field, wired together. The control is drawn by `children`. */
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
