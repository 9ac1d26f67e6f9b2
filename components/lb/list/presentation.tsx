import { ButtonLink } from '#components/ui/button-link.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import { PresentationPicture } from './presentation-picture.tsx'

const POINTS = [
  [
    'One address that stays',
    'Clients use one highly available IP. When the master instance fails, the backup takes it over.',
  ],
  [
    'Servers in turn',
    'Requests and connections are spread over your servers, over HTTP or any TCP protocol.',
  ],
  [
    'Only healthy ones',
    'Each server is checked all the time. One that fails is taken out, and comes back by itself.',
  ],
] as const

/** The product presentation, while there is no load balancer. */
export function Presentation() {
  return (
    <div className="grid gap-8">
      <PageHeader
        title="Load Balancer"
        description="Spreads traffic over several servers, so that your service keeps answering when one of them does not."
        actions={
          <ButtonLink changes variant="primary" href={consolePath.createLoadBalancer()}>
            Create a Load Balancer
          </ButtonLink>
        }
      />
      <div className="rounded-card border border-border bg-surface px-4 py-8 sm:px-8">
        <PresentationPicture />
      </div>
      <ul className="grid gap-6 sm:grid-cols-3">
        {POINTS.map(([title, text]) => (
          <li key={title} className="grid content-start gap-1">
            <h2 className="text-base font-semibold">{title}</h2>
            <p className="text-muted">{text}</p>
          </li>
        ))}
      </ul>
    </div>
  )
}
