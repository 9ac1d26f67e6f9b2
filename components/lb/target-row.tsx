'use client'
import type { ComponentProps } from 'react'
import { Tr } from '#components/ui/table.tsx'
import { useTarget } from './use-target.ts'

/** A row that links lead to. The row that the URL's fragment names is highlighted. */
export function TargetRow({ id, ...props }: ComponentProps<typeof Tr> & { id: string }) {
  const targeted = useTarget() === id
  return (
    <Tr {...props} id={id} className={targeted ? 'scroll-mt-20 bg-accent-soft' : 'scroll-mt-20'} />
  )
}
