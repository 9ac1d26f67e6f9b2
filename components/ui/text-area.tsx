import { type ComponentProps, useId } from 'react'
import { controlClass } from './control-class.ts'
import { Field, type FieldText } from './field.tsx'

type Props = FieldText & ComponentProps<'textarea'> & { monospace?: boolean }

/** A labelled text area that grows with its text. Takes what react-hook-form's `register` returns. */
export function TextArea({
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
        <textarea
          rows={3}
          {...props}
          {...control}
          className={controlClass(
            monospace ? 'field-sizing-content py-2 font-mono' : 'field-sizing-content py-2',
          )}
        />
      )}
    </Field>
  )
}
