'use client'
import { useState } from 'react'

/** The item that Enter takes: the first, until another is moved to, and again when there are others. */
export function useChosen(values: string[]) {
  const all = values.join('\n')
  const [state, setState] = useState({ all, chosen: values[0] ?? '' })
  if (state.all !== all) setState({ all, chosen: values[0] ?? '' })
  return [state.chosen, (chosen: string) => setState({ all, chosen })] as const
}
