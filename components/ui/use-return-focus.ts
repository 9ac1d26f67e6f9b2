'use client'
import { useState } from 'react'

/** What has the focus now; for an item of a menu, which is about to close, the button that opened the menu. */
function invoker(): HTMLElement | null {
  if (typeof document === 'undefined') return null
  const active = document.activeElement
  const menu = active?.closest('[role="menu"]')
  const trigger = menu && document.getElementById(menu.getAttribute('aria-labelledby') ?? '')
  return trigger ?? (active instanceof HTMLElement ? active : null)
}

/** Whether a dialog is open that the element is not in: it was opened since, and has the focus. */
function isBehindDialog(element: HTMLElement): boolean {
  const open = [...document.querySelectorAll('[role="dialog"], [role="alertdialog"]')]
  return open.length > 0 && !open.some((dialog) => dialog.contains(element))
}

/**
 * Brings the focus back to what opened a dialog, or to the page's heading where that is gone, such as a deleted row.
 * Radix does so only for its own trigger, which a dialog that a page opens does not have.
 */
export function useReturnFocus(open: boolean) {
  const [state, setState] = useState<{ open: boolean; origin: HTMLElement | null }>({
    open: false,
    origin: null,
  })
  // While rendering: once the dialog is there, the focus is already in it.
  if (open !== state.open) setState({ open, origin: open ? invoker() : state.origin })
  return (event: Event) => {
    event.preventDefault()
    const { origin } = state
    const back = origin?.isConnected ? origin : document.querySelector<HTMLElement>('h1')
    if (back && !isBehindDialog(back)) back.focus()
  }
}
