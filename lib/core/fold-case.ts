/** Invisible characters, such as the soft hyphen and variation selectors. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu

/**
 * Folds case for case-insensitive comparison: Unicode's NFKC case folding (chapter 3.13, toNFKC_Casefold). Composed, decomposed,
 * full-width and ligature forms are equal, "ß" is "ss", and a final sigma is a sigma. Turkish dotted and dotless i are both "i".
 * Accents are kept.
 */
export function foldCase(text: string): string {
  return (
    // Decomposed, so that marks are in canonical order and "İ" is a letter and a dot.
    text
      .normalize('NFKD')
      .replace(INVISIBLE, '')
      // "ẞ" is its own upper case, so it is lowered first.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .replaceAll('ς', 'σ')
      .normalize('NFKD')
      .replace(/i\u0307+/g, 'i')
      .normalize('NFKC')
  )
}

/** The terms of a search, which white space separates, folded. */
export function searchTerms(text: string): string[] {
  return foldCase(text).split(/\s+/).filter(Boolean)
}

/** Whether a text contains every term of a search, case-insensitively. */
export function matchesSearch(text: string, search: string): boolean {
  const folded = foldCase(text)
  return searchTerms(search).every((term) => folded.includes(term))
}

const COLLATOR = new Intl.Collator('en', { numeric: true })

/** Compares names for `sort`: case-insensitive, with numbers by value. */
export function compareNames(one: string, other: string): number {
  return COLLATOR.compare(foldCase(one), foldCase(other))
}
