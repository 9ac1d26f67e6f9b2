'use client'
import { useFormState } from 'react-hook-form'
import { Alert } from '#components/ui/alert.tsx'
import { Code } from '#components/ui/code.tsx'

/** What went wrong with sending a form that belongs to none of its inputs; nothing where nothing did. */
export function SubmitError({ title }: { title: string }) {
  const problem = useFormState().errors.root?.server
  if (!problem) return null
  return (
    <Alert tone="danger" title={title}>
      <p>{problem.message}</p>
      {problem.type && (
        <p className="text-muted">
          Request <Code>{String(problem.type)}</Code>
        </p>
      )}
    </Alert>
  )
}
