'use client'
import { useState } from 'react'

const DIALOGS = '[role="dialog"], [role="alertdialog"]'

/** What opened the first of the dialogs that are open or that have replaced each other. */
let firstOpener: HTMLElement | null = null

/** The focused element. An item of a menu, which is about to close, counts as the button that opened the menu. */
function openerOf(): HTMLElement | null {
  if (typeof document === 'undefined') return null
  const active = document.activeElement
  const menu = active?.closest('[role="menu"]')
  const trigger = menu && document.getElementById(menu.getAttribute('aria-labelledby') ?? '')
  const opener = trigger ?? (active instanceof HTMLElement ? active : null)
  if (!opener?.closest(DIALOGS)) firstOpener = opener
  return opener
}

const isFocusable = (element: HTMLElement | null): element is HTMLElement =>
  element?.isConnected === true && element !== document.body

/** Whether another dialog, opened since, covers the element. */
function isBehindDialog(element: HTMLElement): boolean {
  const open = [...document.querySelectorAll(DIALOGS)]
  return open.length > 0 && !open.some((dialog) => dialog.contains(element))
}

/**
 * Returns the focus to the element that opened a dialog. If that is gone, it was in a dialog that this one has replaced, or in a
 * deleted row: then to what opened the first dialog, or to the page's heading. Radix does this only for its own trigger, which these dialogs do not have.
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
    const back =
      [origin, firstOpener].find(isFocusable) ?? document.querySelector<HTMLElement>('h1')
    if (back && !isBehindDialog(back)) back.focus()
  }
}
