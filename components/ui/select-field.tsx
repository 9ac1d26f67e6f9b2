import { ChevronDown } from 'lucide-react'
import { type ComponentProps, useId } from 'react'
import { controlClass } from './control-class.ts'
import { Field, type FieldText } from './field.tsx'

export type SelectOption = { value: string; label: string; disabled?: boolean }

type Props = FieldText &
  Omit<ComponentProps<'select'>, 'children'> & { options: readonly SelectOption[] }

/** A labelled native select. Takes what react-hook-form's `register` returns. */
export function SelectField({
  label,
  hint,
  error,
  optional,
  hideLabel,
  options,
  id,
  className,
  ...props
}: Props) {
  const ownId = useId()
  return (
    <Field id={id ?? ownId} {...{ label, hint, error, optional, hideLabel, className }}>
      {(control) => (
        <div className="relative">
          <select {...props} {...control} className={controlClass('h-9 appearance-none pr-8')}>
            {options.map((option) => (
              <option key={option.value} value={option.value} disabled={option.disabled}>
                {option.label}
              </option>
            ))}
          </select>
          <ChevronDown
            aria-hidden
            className="pointer-events-none absolute top-2.5 right-2.5 size-4 text-muted"
          />
        </div>
      )}
    </Field>
  )
}
