'use client'
import type { ReactNode } from 'react'
import { Tr } from '#components/ui/table.tsx'
import { useTarget } from './use-target.ts'

/** A row that links lead to by its id; the one that the address names stands out. */
export function TargetRow({ id, children }: { id: string; children: ReactNode }) {
  const targeted = useTarget() === id
  return (
    <Tr id={id} className={targeted ? 'scroll-mt-20 bg-accent-soft' : 'scroll-mt-20'}>
      {children}
    </Tr>
  )
}
