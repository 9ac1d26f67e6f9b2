'use client'
import { usePathname, useSearchParams } from 'next/navigation'
import { useEffect } from 'react'
import { useReadOnly } from '#components/ui/read-only.ts'

type Rule = { id: string }

/** Opens the row that a link asks for (`consolePath.editBackend`), once: a reload or Back doesn't open it again. */
export function useRequestedEdit<R extends Rule>(
  rules: readonly R[] | undefined,
  edit: (rule: R, field: string) => void,
): void {
  const parameters = useSearchParams()
  const pathname = usePathname()
  const readOnly = useReadOnly()
  const id = parameters.get('edit')
  const field = parameters.get('field') ?? 'name'
  const rule = rules?.find((one) => one.id === id)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each link that is followed.
  useEffect(() => {
    if (!rule) return
    window.history.replaceState(null, '', `${pathname}${location.hash}`)
    if (readOnly === null) edit(rule, field)
  }, [rule?.id, field])
}
