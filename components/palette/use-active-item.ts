'use client'
import { useState } from 'react'

/** The item of a list that Enter selects. It is the first one again whenever the list changes. */
export function useActiveItem(values: string[]) {
  const all = values.join('\n')
  const [state, setState] = useState({ all, active: values[0] ?? '' })
  if (state.all !== all) setState({ all, active: values[0] ?? '' })
  return [state.active, (active: string) => setState({ all, active })] as const
}
