'use client'
import { useState } from 'react'

/** The focused element. An item of a menu, which is about to close, counts as the button that opened the menu. */
function openerOf(): HTMLElement | null {
  if (typeof document === 'undefined') return null
  const active = document.activeElement
  const menu = active?.closest('[role="menu"]')
  const trigger = menu && document.getElementById(menu.getAttribute('aria-labelledby') ?? '')
  return trigger ?? (active instanceof HTMLElement ? active : null)
}

/** Whether another dialog, opened since, covers the element. */
function isBehindDialog(element: HTMLElement): boolean {
  const open = [...document.querySelectorAll('[role="dialog"], [role="alertdialog"]')]
  return open.length > 0 && !open.some((dialog) => dialog.contains(element))
}

/**
 * Returns the focus to the element that opened a dialog, or to the page's heading if the element is gone, such as a deleted
 * row. Radix does this only for its own trigger, which these dialogs do not have.
 */
export function useReturnFocus(open: boolean) {
  const [state, setState] = useState<{ open: boolean; origin: HTMLElement | null }>({
    open: false,
    origin: null,
  })
  // During rendering: after the commit the focus is already in the dialog.
  if (open !== state.open) setState({ open, origin: open ? openerOf() : state.origin })
  return (event: Event) => {
    event.preventDefault()
    const { origin } = state
    const back = origin?.isConnected ? origin : document.querySelector<HTMLElement>('h1')
    if (back && !isBehindDialog(back)) back.focus()
  }
}
