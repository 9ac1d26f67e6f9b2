'use client'
import { type FieldPath, type FieldValues, useController } from 'react-hook-form'
import { FieldError } from '#components/ui/field.tsx'
import { SegmentedControl } from '#components/ui/segmented-control.tsx'

type Props<Values extends FieldValues> = {
  name: FieldPath<Values>
  /** The accessible name of the group. */
  legend: string
  options: readonly { value: string; label: string }[]
}

/** A segmented control as a form input, for a few short options. */
export function ChoiceField<Values extends FieldValues>({ name, legend, options }: Props<Values>) {
  const { field, fieldState } = useController<Values>({ name })
  const { error } = fieldState
  return (
    <div className="grid gap-1.5">
      <SegmentedControl
        {...{ name, legend, options }}
        value={field.value}
        onChange={field.onChange}
      />
      {error?.message && <FieldError id={`${name}-error`}>{error.message}</FieldError>}
    </div>
  )
}
