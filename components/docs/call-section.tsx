import type { ReactNode } from 'react'
import { Code } from '#components/ui/code.tsx'
import { Disclosure } from '#components/ui/disclosure.tsx'
import { AnchoredHeading } from './anchored-heading.tsx'
import { Fields, Value } from './field-list.tsx'
import type { CallView } from './reference.ts'
import { TryButton } from './try/try-button.tsx'

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <h4 className="text-[0.8125rem] font-medium text-muted">{title}</h4>
      {children}
    </div>
  )
}

const EXAMPLE =
  'rounded-control border border-border bg-surface-sunken p-3 font-mono text-[0.8125rem]/5 whitespace-pre-wrap wrap-anywhere'

/** The call with curl and with the SDK. `ExampleSwitch` chooses which one is visible. */
function Examples({ call: { curl, sdk } }: { call: CallView }) {
  if (sdk === null) return <pre className={EXAMPLE}>{curl}</pre>
  return (
    <>
      <pre className={`${EXAMPLE} group-data-[examples=sdk]/reference:hidden`}>{curl}</pre>
      <pre className={`${EXAMPLE} group-not-data-[examples=sdk]/reference:hidden`}>{sdk}</pre>
    </>
  )
}

/** A call: method and path, an example, parameters, body and response. `CallFilter` searches `data-call`. */
export function CallSection({ call }: { call: CallView }) {
  const { id, method, path, summary, parameters, body, response, errors } = call
  return (
    <section
      id={id}
      data-call={`${method} ${path} ${summary}`}
      className="grid grid-cols-[minmax(0,1fr)] gap-3 rounded-card border border-border bg-surface p-4 target:border-accent sm:p-5"
    >
      <div className="grid gap-1">
        <AnchoredHeading id={id} level={3}>
          {summary}
        </AnchoredHeading>
        <p>
          <Code className="font-semibold text-accent">{method}</Code> <Code>{path}</Code>
        </p>
        {!call.isStream && <TryButton id={id} summary={summary} />}
      </div>
      <Examples call={call} />
      {parameters.length > 0 && (
        <Part title="Parameters">
          <Fields fields={parameters} side="request" />
        </Part>
      )}
      {body && (
        <Part title="Request body">
          <Value view={body} side="request" />
        </Part>
      )}
      <Part title={`Answer ${response.status}`}>
        {response.schema ? (
          <Value view={response.schema} side="response" />
        ) : (
          <p>Nothing: it is done.</p>
        )}
      </Part>
      <Disclosure summary={`Refused with ${errors.map(({ status }) => status).join(', ')}`}>
        <ul className="grid gap-1">
          {errors.map(({ status, description }) => (
            <li key={status}>
              <Code>{status}</Code> {description.replaceAll('`', '')}.
            </li>
          ))}
        </ul>
      </Disclosure>
    </section>
  )
}
