import type { LbListQuery } from '#lib/client/lb-reads.ts'

/** Filter and page as the address's query names them; anything odd is the first page of all. */
export function listQueryOf(
  parameters: Record<string, string | string[] | undefined>,
): LbListQuery {
  const { search, page } = parameters
  const number = Number(page)
  return {
    search: typeof search === 'string' ? search.trim() : '',
    page: Number.isInteger(number) && number > 0 ? number : 1,
  }
}
