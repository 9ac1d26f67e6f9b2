/** The number of a row in a path. Any other text is 0, which no row has, because databases refuse to compare it with numbers. */
export function rowNumber(text: string | undefined): number {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : 0
}
