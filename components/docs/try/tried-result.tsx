import { useEffect, useRef } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { CodeBlock } from '#components/ui/code-block.tsx'
import { Disclosure } from '#components/ui/disclosure.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import type { TriedAnswer } from './send-tried.ts'

/** What some answers mean, beside what they say themselves. */
const MEANINGS: Record<number, string> = {
  401: 'The secret key is not valid, or the session has ended.',
  403: 'Whoever this was sent as is not allowed to do it. It was not done.',
  412: 'It has changed since the version that If-Match names. Nothing was done.',
}

/** The answer to a call that was tried. */
export function TriedResult({ answer }: { answer: TriedAnswer }) {
  const { status, ms, headers, body } = answer
  const section = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: every answer is shown anew.
  useEffect(() => {
    section.current?.scrollIntoView({ block: 'nearest' })
  }, [answer])
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
