/** The most characters of a path in logs. */
export const PATH_MAX = 200

const LONG_WORD = new RegExp(`(\\S{${PATH_MAX}})\\S+`, 'g')

/** Truncates a request's path for a log. */
export function truncatePath(path: string): string {
  return path.length > PATH_MAX ? `${path.slice(0, PATH_MAX)}…` : path
}

/** Truncates every long word of a text, and so every path. */
export function truncateLongWords(text: string): string {
  return text.replace(LONG_WORD, '$1…')
}
