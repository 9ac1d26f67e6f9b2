'use client'
import { useFormContext } from 'react-hook-form'
import { TextArea } from '#components/ui/text-area.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import type { IdentityValues } from './form-values.ts'

/** The inputs that say which load balancer this is, to people: name, description, tags. */
export function IdentityFields() {
  const { register, formState } = useFormContext<IdentityValues>()
  const { errors } = formState
  return (
    <div className="grid gap-4">
      <TextField
        label="Name"
        hint="At most 255 characters."
        autoComplete="off"
        spellCheck={false}
        error={errors.name?.message}
        {...register('name')}
      />
      <TextArea
        label="Description"
        optional
        rows={2}
        hint="At most 1000 characters."
        error={errors.description?.message}
        {...register('description')}
      />
      <TextField
        label="Tags"
        optional
        hint='Comma-separated, up to 50. Quote a tag that contains a comma: "a,b"'
        autoComplete="off"
        error={errors.tags?.message}
        {...register('tags')}
      />
    </div>
  )
}
