import { Code } from '#components/ui/code.tsx'
import { AnchoredHeading } from './anchored-heading.tsx'
import { CallFilter } from './call-filter.tsx'
import { CallSection } from './call-section.tsx'
import { ExampleSwitch } from './example-switch.tsx'
import { Value } from './field-list.tsx'
import { objectId, type ReferenceView } from './reference.ts'
import { ReferenceIndex } from './reference-index.tsx'

function Introduction({ apiUrl }: { apiUrl: string }) {
  return (
    <div className="grid max-w-prose gap-2">
      <p>
        The API of this installation is at <Code>{apiUrl}</Code>. It speaks Scaleway's Load Balancer
        API v1, so its SDK works when pointed here, and has a few calls of its own under{' '}
        <Code>/fairlead/v1</Code>.
      </p>
      <p>
        Show who you are with the header <Code>X-Auth-Token</Code> and the secret key of an API
        token. The examples take it from the variable <Code>SCW_SECRET_KEY</Code>.
      </p>
      <p>
        With Scaleway's SDK for TypeScript, the examples' <Code>api</Code> is{' '}
        <Code>
          new Lbv1.ZonedAPI(createClient({'{'} apiURL: '{apiUrl}', … {'}'}))
        </Code>
        . Times in milliseconds are strings there.
      </p>
      <p>
        Every call under <Code>/lb/v1/regions/{'{region}'}</Code> works the same under{' '}
        <Code>/lb/v1/zones/{'{zone}'}</Code>, for example with zone <Code>fr-par-1</Code>.
      </p>
      <p>
        An object comes with an <Code>ETag</Code>. Send it as <Code>If-Match</Code> with a change or
        a deletion, and it is refused with 412 if someone else has changed the object since. Every
        refusal has the body{' '}
        <a href={`#${objectId('Error')}`} className="text-accent underline underline-offset-2">
          Error
        </a>
        .
      </p>
    </div>
  )
}

/** Every call and object of the API. */
export function ApiReference({ reference, apiUrl }: { reference: ReferenceView; apiUrl: string }) {
  return (
    <div
      data-reference
      className="group/reference mt-4 grid grid-cols-[minmax(0,1fr)] gap-8 xl:grid-cols-[minmax(0,1fr)_15rem]"
    >
      <div className="grid grid-cols-[minmax(0,1fr)] gap-8">
        <Introduction apiUrl={apiUrl} />
        <div className="flex flex-wrap items-start justify-between gap-3">
          <CallFilter />
          <ExampleSwitch />
        </div>
        {reference.groups.map(({ id, name, description, calls }) => (
          <section
            key={id}
            id={id}
            data-call-group
            className="grid grid-cols-[minmax(0,1fr)] gap-4"
          >
            <div className="grid gap-1">
              <AnchoredHeading id={id} level={2}>
                {name}
              </AnchoredHeading>
              <p className="max-w-prose text-muted">{description}</p>
            </div>
            {calls.map((call) => (
              <CallSection key={call.id} call={call} />
            ))}
          </section>
        ))}
        <section id="objects" className="grid grid-cols-[minmax(0,1fr)] gap-4">
          <AnchoredHeading id="objects" level={2}>
            Objects
          </AnchoredHeading>
          {reference.objects.map(({ id, name, description, schema }) => (
            <section
              key={id}
              id={id}
              className="grid grid-cols-[minmax(0,1fr)] gap-2 rounded-card border border-border bg-surface p-4 target:border-accent sm:p-5"
            >
              <AnchoredHeading id={id} level={3}>
                {name}
              </AnchoredHeading>
              {description && <p className="text-muted">{description.replaceAll('`', '')}</p>}
              <div>
                <Value view={schema} side={name.endsWith('Input') ? 'request' : 'response'} />
              </div>
            </section>
          ))}
        </section>
      </div>
      <ReferenceIndex reference={reference} />
    </div>
  )
}
