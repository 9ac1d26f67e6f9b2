/** The overlay scrolls, for dialogs that are taller than the window. */
export const DIALOG_OVERLAY =
  'fixed inset-0 z-50 grid place-items-center overflow-y-auto bg-overlay p-4'

const CONTENT =
  'w-full min-w-0 rounded-card border border-border bg-surface-raised p-5 shadow-raised outline-none'

export const DIALOG_CONTENT = `${CONTENT} max-w-lg`
export const DIALOG_CONTENT_WIDE = `${CONTENT} max-w-3xl`

export const DIALOG_FOOTER = 'mt-6 flex flex-wrap justify-end gap-2'
