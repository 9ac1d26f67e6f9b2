import { useEffect, useRef } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { CodeBlock } from '#components/ui/code-block.tsx'
import { Disclosure } from '#components/ui/disclosure.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import type { CallResponse } from './send-call.ts'

/** Explains some status codes. */
const MEANINGS: Record<number, string> = {
  401: 'The secret key is not valid, or the session has ended.',
  403: 'Whoever this was sent as is not allowed to do it. It was not done.',
  412: 'It has changed since the version that If-Match names. Nothing was done.',
}

/** The response to a call. */
export function ResponseView({ response }: { response: CallResponse }) {
  const { status, ms, headers, body } = response
  const section = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each response scrolls into view.
  useEffect(() => {
    section.current?.scrollIntoView({ block: 'nearest' })
  }, [response])
  const meaning = MEANINGS[status]
  return (
    <section
      ref={section}
      aria-label="Answer"
      className="grid grid-cols-[minmax(0,1fr)] gap-3 border-t border-border pt-4"
    >
      <p role="status" className="flex items-center gap-3">
        <StatusBadge tone={status < 300 ? 'ok' : 'danger'}>{String(status)}</StatusBadge>
        <span className="text-muted">in {Math.round(ms)} ms</span>
      </p>
      {meaning && <Alert tone="warn">{meaning}</Alert>}
      {body === '' ? (
        <p className="text-muted">The answer has no body.</p>
      ) : (
        <CodeBlock label="Body of the answer">{body}</CodeBlock>
      )}
      <Disclosure summary="Headers">
        <CodeBlock label="Headers of the answer">
          {headers.map(([name, value]) => `${name}: ${value}`).join('\n')}
        </CodeBlock>
      </Disclosure>
    </section>
  )
}
