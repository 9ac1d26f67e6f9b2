import { type ComponentProps, useId } from 'react'
import { Field, type FieldText } from './field.tsx'

type Props = Omit<FieldText, 'optional'> & Omit<ComponentProps<'input'>, 'type'>

/** A labelled native checkbox. Takes what react-hook-form's `register` returns. */
export function CheckboxField({ label, hint, error, hideLabel, id, className, ...props }: Props) {
  const ownId = useId()
  return (
    <Field id={id ?? ownId} layout="beside" {...{ label, hint, error, hideLabel, className }}>
      {(control) => (
        <input {...props} {...control} type="checkbox" className="size-4 shrink-0 accent-accent" />
      )}
    </Field>
  )
}
