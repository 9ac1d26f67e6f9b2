import { subnetRange } from '#lib/core/subnet.ts'

/** The networks of a text that has one a line, or separates them by commas or spaces. */
export function networksIn(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

/** What is wrong with the first that is none; true for nothing, as a form wants it. */
export function networksProblem(text: string): string | true {
  const wrong = networksIn(text).find((network) => subnetRange(network) === null)
  return (
    wrong === undefined ||
    `${wrong} is not an IP address or network. Enter one such as 203.0.113.0/24.`
  )
}
