import { type ComponentProps, useId } from 'react'
import { controlClass } from './control-class.ts'
import { Field, type FieldText } from './field.tsx'

type Props = FieldText &
  ComponentProps<'input'> & {
    /** For addresses, ports and identifiers. */
    monospace?: boolean
  }

/** A labelled one-line input. Takes what react-hook-form's `register` returns. */
export function TextField({
  label,
  hint,
  error,
  optional,
  hideLabel,
  monospace,
  id,
  className,
  ...props
}: Props) {
  const ownId = useId()
  return (
    <Field id={id ?? ownId} {...{ label, hint, error, optional, hideLabel, className }}>
      {(control) => (
        <input
          type="text"
          {...props}
          {...control}
          className={controlClass(monospace ? 'h-9 font-mono' : 'h-9')}
        />
      )}
    </Field>
  )
}
