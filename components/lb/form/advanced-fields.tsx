'use client'
import { type ReactNode, useEffect, useState } from 'react'
import { type FieldPath, useFormContext } from 'react-hook-form'
import { Disclosure } from '#components/ui/disclosure.tsx'
import type { RulesValues } from './rule-values.ts'

type Props = {
  /** The names of its inputs. */
  fields: FieldPath<RulesValues>[]
  children: ReactNode
}

/** A disclosure of rarely needed inputs. It opens when one of them is invalid. */
export function AdvancedFields({ fields, children }: Props) {
  const { getFieldState, formState } = useFormContext<RulesValues>()
  const isInvalid = fields.some((field) => getFieldState(field, formState).invalid)
  const [open, setOpen] = useState(false)
  useEffect(() => {
    if (isInvalid) setOpen(true)
  }, [isInvalid])
  return (
    <Disclosure
      summary="Advanced"
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      {children}
    </Disclosure>
  )
}
