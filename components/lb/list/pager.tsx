import { Button } from '#components/ui/button.tsx'

type Props = { page: number; size: number; total: number; onGo: (page: number) => void }

/** "51 to 100 of 1200", with buttons for the previous and next page. */
export function Pager({ page, size, total, onGo }: Props) {
  const first = (page - 1) * size + 1
  const last = Math.min(page * size, total)
  return (
    <nav aria-label="Pages" className="flex items-center justify-end gap-3">
      <p className="text-muted">
        {first} to {last} of {total}
      </p>
      <Button
        size="small"
        disabledReason={page === 1 ? 'This is the first page.' : undefined}
        onClick={() => onGo(page - 1)}
      >
        Previous
      </Button>
      <Button
        size="small"
        disabledReason={last >= total ? 'This is the last page.' : undefined}
        onClick={() => onGo(page + 1)}
      >
        Next
      </Button>
    </nav>
  )
}
