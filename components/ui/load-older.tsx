import { Button } from './button.tsx'

type Props = {
  query: {
    hasNextPage: boolean
    isFetchingNextPage: boolean
    fetchNextPage: () => Promise<unknown>
  }
}

/** Loads the next page of a list that is newest first; nothing where there is none. */
export function LoadOlder({ query }: Props) {
  if (!query.hasNextPage) return null
  return (
    <div className="flex justify-center">
      <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        Load older
      </Button>
    </div>
  )
}
