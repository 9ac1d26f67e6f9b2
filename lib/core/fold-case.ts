/** Characters that are drawn as nothing, such as the soft hyphen and variation selectors. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu

/**
 * A text without differences of case, so that two spellings of a name are equal: Unicode's NFKC case folding
 * (chapter 3.13, toNFKC_Casefold). Composed and decomposed, full-width and ligature spellings are equal, "ß" is "ss", and
 * a final sigma is a sigma. Turkish dotted and dotless i are both "i", whichever language a name is in. Accents stay.
 */
export function foldCase(text: string): string {
  return (
    // Decomposed, so that marks are in one order and "İ" is its letter and its dot.
    text
      .normalize('NFKD')
      .replace(INVISIBLE, '')
      // "ẞ" has no upper case but itself, so it is made lower case first.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .replaceAll('ς', 'σ')
      .normalize('NFKD')
      .replace(/i\u0307+/g, 'i')
      .normalize('NFKC')
  )
}

/** The words of a search, folded. */
export function foldedWords(text: string): string[] {
  return foldCase(text).split(/\s+/).filter(Boolean)
}

/** Whether a text contains every word of a search, in any case. */
export function containsWords(text: string, search: string): boolean {
  const folded = foldCase(text)
  return foldedWords(search).every((word) => folded.includes(word))
}

const COLLATOR = new Intl.Collator('en', { numeric: true })

/** Orders names for `sort`: in any case, and numbers in them by their value. */
export function compareNames(one: string, other: string): number {
  return COLLATOR.compare(foldCase(one), foldCase(other))
}
