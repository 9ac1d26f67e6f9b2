import { ButtonLink } from '#components/ui/button-link.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'

export default function NotFound() {
  return (
    <div className="grid gap-6">
      <title>Not found · Fairlead</title>
      <PageHeader
        title="Not found"
        description="There is nothing at this address. It may have been deleted, or the link may be mistyped."
      />
      <div>
        <ButtonLink href="/network/load-balancers">See all load balancers</ButtonLink>
      </div>
    </div>
  )
}
