/** Longer paths are cut in logs. Characters. */
export const PATH_MAX = 200

const LONG_WORD = new RegExp(`(\\S{${PATH_MAX}})\\S+`, 'g')

/** A request's path as a log has it. */
export function cutPath(path: string): string {
  return path.length > PATH_MAX ? `${path.slice(0, PATH_MAX)}…` : path
}

/** A text in which no word, and so no path, is longer than that. */
export function cutWords(text: string): string {
  return text.replace(LONG_WORD, '$1…')
}
