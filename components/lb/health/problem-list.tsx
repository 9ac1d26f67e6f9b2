'use client'
import { clsx } from 'clsx'
import { CircleX, Info, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { TextWithTimes } from '#components/ui/text-with-times.tsx'
import type { Problem } from '#lib/core/problem.ts'
import { objectOf, problemAction } from './problem-links.ts'

const SEVERITIES = {
  critical: { icon: CircleX, ink: 'text-danger', label: 'Critical' },
  warning: { icon: TriangleAlert, ink: 'text-warn', label: 'Warning' },
  info: { icon: Info, ink: 'text-muted', label: 'Note' },
} as const

const ORDER = Object.keys(SEVERITIES)

/** The problems of a load balancer, the most severe first: a row each with its object, the reason, since when, and what resolves it. */
export function ProblemList({ lbId, problems }: { lbId: string; problems: readonly Problem[] }) {
  if (problems.length === 0) return null
  const sorted = problems.toSorted(
    (one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity),
  )
  return (
    <section
      aria-label="Problems"
      className="rounded-card border border-border bg-surface px-4 pb-1 sm:px-5"
    >
      <p role="status" className="pt-3 font-medium">
        {problems.length === 1
          ? '1 issue needs attention'
          : `${problems.length} issues need attention`}
      </p>
      <ul className="divide-y divide-border">
        {sorted.map((problem) => (
          <ProblemRow
            key={`${problem.object.id} ${problem.message}`}
            lbId={lbId}
            problem={problem}
          />
        ))}
      </ul>
    </section>
  )
}

function ProblemRow({ lbId, problem }: { lbId: string; problem: Problem }) {
  const { severity, message, last_answer: answer, since } = problem
  const { icon: Icon, ink, label } = SEVERITIES[severity]
  const object = objectOf(lbId, problem)
  const action = problemAction(lbId, problem)
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-2.5">
      <div className="flex min-w-[min(18rem,100%)] flex-1 items-start gap-2.5">
        <Icon aria-hidden className={clsx('mt-0.5 size-4 shrink-0', ink)} />
        <div className="grid min-w-0 gap-0.5">
          <p>
            <span className="sr-only">{label}: </span>
            {object && (
              <>
                {object.word}{' '}
                <Link href={object.href} className="font-medium text-accent hover:underline">
                  {object.name}
                </Link>
                {' · '}
              </>
            )}
            <TextWithTimes text={message} />
          </p>
          {(answer || since) && (
            <p className="text-[0.8125rem]/5 text-muted">
              {answer && <>Last answer: {answer}</>}
              {answer && since && ' · '}
              {since && (
                <>
                  Started <RelativeTime at={since} />
                </>
              )}
            </p>
          )}
        </div>
      </div>
      {action && (
        <ButtonLink size="small" changes={action.changes} href={action.href}>
          {action.label}
        </ButtonLink>
      )}
    </li>
  )
}
