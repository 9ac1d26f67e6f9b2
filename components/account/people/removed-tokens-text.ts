import type { ApiToken } from '#lib/core/api-token.ts'

/** How many tokens are named. */
const NAMED_MAX = 3

/** What happens to an account's API tokens when it is removed. @param tokens undefined until they are loaded */
export function removedTokensText(
  tokens: readonly ApiToken[] | undefined,
  { id }: { id: string },
): string {
  if (tokens === undefined) return 'Their API tokens stop working.'
  const names = tokens.filter(({ owner }) => owner?.id === id).map(({ name }) => name)
  if (names.length === 0) return 'They have no API tokens.'
  const named = names
    .slice(0, NAMED_MAX)
    .map((name) => `“${name}”`)
    .join(', ')
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : ''
  const [what, stop, them] =
    names.length === 1 ? ['API token', 'stops', 'it'] : ['API tokens', 'stop', 'them']
  return `Their ${what} ${named}${more} ${stop} working. Hand ${them} over first if programs use ${them}.`
}
