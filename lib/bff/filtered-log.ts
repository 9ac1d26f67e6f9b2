import { cutWords } from '#lib/process/cut-text.ts'
import { FloodFilter } from '#lib/process/flood-filter.ts'

/** What one call of the console's libraries may add to the log. Characters. */
const TEXT_MAX = 8192
/** Texts that begin alike, but for numbers, are of one kind. Characters. */
const KIND_LENGTH = 60

/**
 * Writes what the console's libraries say to the log, which strangers can provoke: long words, as paths are, are cut, and of texts
 * that begin alike most are only counted in a flood.
 */
export function filteredLog(log: { write(text: string): void }): (text: string) => void {
  const floods = new FloodFilter<string>(({ line, count }) => {
    log.write(`${count} similar messages suppressed: ${line}`)
  })
  return (text) => {
    const cut = cutWords(text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…\n` : text)
    const kind = cut.slice(0, KIND_LENGTH).replaceAll(/\d+/g, '0')
    if (floods.admits(kind, cut)) log.write(cut)
  }
}
