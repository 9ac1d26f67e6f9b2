/** Whether a call's text has every word of what is looked for. Both may be in any case. */
export function callMatches(callText: string, wanted: string): boolean {
  const text = callText.toLowerCase()
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
