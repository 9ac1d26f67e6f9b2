'use client'
import { useState } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Code } from '#components/ui/code.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { validationErrors } from '#lib/client/api-error.ts'
import { errorMessage, requestIdOf } from '#lib/client/error-text.ts'
import { type DraftBackend, useDraftCheck } from '#lib/client/rule-mutations.ts'
import type { DraftCheck as Check } from '#lib/core/draft-check.ts'
import type { Region } from '#lib/core/locality.ts'
import { summaryOf, testProblems } from './check-text.ts'
import { TestedList } from './tested-list.tsx'

type Props = {
  region: Region
  /** The current values. Each render compares them with the tested ones, so rerender when they change. */
  draft: () => Omit<DraftBackend, 'region'>
  /** Gets the error of a refused test, to show invalid fields at their inputs. */
  onError?: (error: unknown) => void
}

/** A result and the values, as JSON, that it belongs to. */
type Tested = { of: string; check: Check }

/** Runs the draft's health check once on both nodes and shows the results. Saves nothing. */
export function DraftCheck({ region, draft, onError }: Props) {
  const test = useDraftCheck()
  const [tested, setTested] = useState<Tested | null>(null)
  const current: DraftBackend = { ...draft(), region }
  const run = () =>
    test.mutate(current, {
      onSuccess: (check) => setTested({ of: JSON.stringify(current), check }),
      onError: (error) => {
        setTested(null)
        onError?.(error)
      },
    })
  const stale = tested !== null && tested.of !== JSON.stringify(current)
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <Button changes size="small" loading={test.isPending} onClick={run}>
          {test.isPending ? 'Testing…' : 'Test servers'}
        </Button>
        {/* Always rendered: screen readers announce changes of an existing live region only. */}
        <div role="status" className="flex flex-wrap items-center gap-x-3 text-[0.8125rem]/5">
          {test.isPending && <span className="sr-only">Testing…</span>}
          {!test.isPending && tested && <Outcome check={tested.check} stale={stale} />}
        </div>
        {!tested && !test.isPending && (
          <span className="text-[0.8125rem]/5 text-muted">
            Both nodes run the health check once. Nothing is saved.
          </span>
        )}
      </div>
      {test.isError && <TestError error={test.error} />}
      {tested && <TestedList check={tested.check} />}
    </div>
  )
}

function Outcome({ check, stale }: { check: Check; stale: boolean }) {
  const { tone, text } = summaryOf(check)
  return (
    <>
      <StatusBadge tone={tone}>{text}</StatusBadge>
      {stale && <StatusBadge tone="warn">Tested before your last change</StatusBadge>}
      {testProblems(check).map((problem) => (
        <span key={problem} className="text-muted">
          {problem}
        </span>
      ))}
    </>
  )
}

function TestError({ error }: { error: unknown }) {
  // The message repeats what is at the invalid inputs, because the person is looking at this button.
  const isInvalid = validationErrors(error).length > 0
  const requestId = requestIdOf(error)
  return (
    <Alert tone="danger" title="The servers were not tested.">
      <p>{errorMessage(error)}</p>
      {requestId && !isInvalid && (
        <p className="text-muted">
          Request <Code>{requestId}</Code>
        </p>
      )}
    </Alert>
  )
}
