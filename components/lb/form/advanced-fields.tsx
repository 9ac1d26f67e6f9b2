'use client'
import { type ReactNode, useEffect, useState } from 'react'
import { type FieldPath, useFormContext } from 'react-hook-form'
import { Disclosure } from '#components/ui/disclosure.tsx'
import type { RulesValues } from './rule-values.ts'

type Props = {
  /** The inputs inside. */
  fields: FieldPath<RulesValues>[]
  children: ReactNode
}

/** The inputs that few people need. They show themselves when one of them is wrong. */
export function AdvancedFields({ fields, children }: Props) {
  const { getFieldState, formState } = useFormContext<RulesValues>()
  const wrong = fields.some((field) => getFieldState(field, formState).invalid)
  const [open, setOpen] = useState(false)
  useEffect(() => {
    if (wrong) setOpen(true)
  }, [wrong])
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
