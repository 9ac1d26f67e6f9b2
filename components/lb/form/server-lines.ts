const SEPARATOR = /[\s,;]+/

export type ServerLine = { address: string; line: number }

/** The addresses of a text with one a line, each with its line from 1. Commas and spaces separate them too. */
export function serverLines(text: string): ServerLine[] {
  return text.split('\n').flatMap((content, index) =>
    content
      .split(SEPARATOR)
      .filter((address) => address !== '')
      .map((address) => ({ address, line: index + 1 })),
  )
}

/** The same addresses, one a line. */
export function onePerLine(text: string): string {
  return serverLines(text)
    .map(({ address }) => address)
    .join('\n')
}
