'use client'
import { Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, useId, useState } from 'react'
import { controlClass } from './control-class.ts'
import { Field, type FieldText } from './field.tsx'

/** A labelled password input with a button that shows the characters. Takes what react-hook-form's `register` returns. */
export function PasswordField({
  label,
  hint,
  error,
  id,
  className,
  ...props
}: FieldText & Omit<ComponentProps<'input'>, 'type'>) {
  const ownId = useId()
  const [shown, setShown] = useState(false)
  const Icon = shown ? EyeOff : Eye
  return (
    <Field id={id ?? ownId} {...{ label, hint, error, className }}>
      {(control) => (
        <div className="relative">
          <input
            {...props}
            {...control}
            type={shown ? 'text' : 'password'}
            spellCheck={false}
            autoCapitalize="none"
            className={controlClass('h-9 pr-10')}
          />
          <button
            type="button"
            aria-label="Show characters"
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
            className="absolute inset-y-1 right-1 grid w-8 place-items-center rounded-control text-muted hover:text-text"
          >
            <Icon aria-hidden className="size-4" />
          </button>
        </div>
      )}
    </Field>
  )
}
