import { FloodFilter } from '#lib/process/flood-filter.ts'
import { truncateLongWords } from '#lib/process/truncate-text.ts'

/** The most characters that one write of the console's libraries adds to the log. */
const TEXT_MAX = 8192
/** Texts whose first characters are the same, except for digits, are of one kind. */
const KIND_LENGTH = 60

/**
 * Writes the output of the console's libraries to the log. Clients can provoke it, so long words such as paths are truncated, and
 * in a flood most texts of one kind are only counted.
 */
export function filteredLog(log: { write(text: string): void }): (text: string) => void {
  const floods = new FloodFilter<string>(({ line, count }) => {
    log.write(`${count} similar messages suppressed: ${line}`)
  })
  return (text) => {
    const cut = truncateLongWords(text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…\n` : text)
    const kind = cut.slice(0, KIND_LENGTH).replaceAll(/\d+/g, '0')
    if (floods.admits(kind, cut)) log.write(cut)
  }
}
