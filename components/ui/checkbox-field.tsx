import { type ComponentProps, useId } from 'react'
import { FieldError, FieldHint } from './field.tsx'

type Props = ComponentProps<'input'> & { label: string; hint?: string; error?: string | undefined }

/** A native check box with its label beside it. Takes what react-hook-form's `register` returns. */
export function CheckboxField({ label, hint, error, id, className, ...props }: Props) {
  const ownId = useId()
  const inputId = id ?? ownId
  const described = [error && `${inputId}-error`, hint && `${inputId}-hint`].filter(Boolean)
  return (
    <div className={className}>
      <div className="flex gap-2.5">
        <input
          {...props}
          id={inputId}
          type="checkbox"
          aria-invalid={error ? true : undefined}
          aria-describedby={described.join(' ') || undefined}
          className="mt-0.5 size-4 shrink-0 accent-accent"
        />
        <div className="grid gap-1">
          <label htmlFor={inputId} className="font-medium">
            {label}
          </label>
          {error && <FieldError id={`${inputId}-error`}>{error}</FieldError>}
          {hint && <FieldHint id={`${inputId}-hint`}>{hint}</FieldHint>}
        </div>
      </div>
    </div>
  )
}
