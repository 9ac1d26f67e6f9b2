/** Why the control plane refuses a request, in its own words. */
export function refusalOf(status: number, body: string): string {
  try {
    const { message, help_message, details } = JSON.parse(body)
    const words = help_message ?? details?.[0]?.help_message ?? message
    if (typeof words === 'string') return words
  } catch {
    // This is no answer of a control plane.
  }
  return `The control plane answers with HTTP ${status}.`
}
