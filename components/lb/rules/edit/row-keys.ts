import type { KeyboardEvent } from 'react'

/** Enter in an input saves the row, Esc anywhere in it cancels. In a text area Enter makes a new line, and Ctrl+Enter saves. */
export function rowKeys({ onSave, onCancel }: { onSave: () => void; onCancel: () => void }) {
  return (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.nativeEvent.isComposing) return
    if (event.key === 'Escape') {
      event.preventDefault()
      onCancel()
      return
    }
    const target = event.target as HTMLElement
    const lines = target instanceof HTMLTextAreaElement
    const input = target instanceof HTMLInputElement || target instanceof HTMLSelectElement
    if (event.key !== 'Enter' || !(input || (lines && (event.ctrlKey || event.metaKey)))) return
    event.preventDefault()
    onSave()
  }
}
