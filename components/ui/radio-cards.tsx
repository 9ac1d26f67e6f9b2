import { clsx } from 'clsx'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { FieldError, FieldHint } from './field.tsx'

export type RadioCard = {
  value: string
  label: ReactNode
  description?: ReactNode
  disabled?: boolean
}

type Props = Omit<ComponentProps<'input'>, 'type' | 'value' | 'id'> & {
  legend: ReactNode
  hideLegend?: boolean
  hint?: ReactNode
  error?: string | undefined
  options: readonly RadioCard[]
  /** The selected value of a controlled input. With `register`, leave it out. */
  value?: string
}

/** Radio buttons as cards with a description. Takes what react-hook-form's `register` returns. */
export function RadioCards({
  legend,
  hideLegend,
  hint,
  error,
  options,
  value,
  className,
  ...props
}: Props) {
  const id = useId()
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ')
  return (
    <fieldset
      className={clsx('grid min-w-0 gap-1.5', className)}
      aria-describedby={described || undefined}
    >
      <legend className={hideLegend ? 'sr-only' : 'mb-1.5 font-medium'}>{legend}</legend>
      <div className="grid grid-cols-[repeat(auto-fit,minmax(min(13rem,100%),1fr))] gap-2">
        {options.map((option) => (
          <label
            key={option.value}
            className={clsx(
              'flex gap-2.5 rounded-control border border-border-strong/60 bg-surface p-3',
              'has-checked:border-accent has-checked:bg-accent-soft has-disabled:opacity-60',
              'has-focus-visible:outline-2 has-focus-visible:outline-accent',
            )}
          >
            <input
              {...props}
              type="radio"
              value={option.value}
              disabled={option.disabled ?? props.disabled}
              checked={value === undefined ? undefined : value === option.value}
              aria-invalid={error ? true : undefined}
              className="mt-0.5 size-4 shrink-0 accent-accent outline-none"
            />
            <span className="grid gap-0.5">
              <span className="font-medium">{option.label}</span>
              {option.description && (
                <span className="text-[0.8125rem]/5 text-muted">{option.description}</span>
              )}
            </span>
          </label>
        ))}
      </div>
      {error && <FieldError id={`${id}-error`}>{error}</FieldError>}
      {hint && <FieldHint id={`${id}-hint`}>{hint}</FieldHint>}
    </fieldset>
  )
}
