'use client'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { FormProvider, type UseFormReturn } from 'react-hook-form'
import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Card } from '#components/ui/card.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import type { Lb } from '#lib/core/lb.ts'
import type { RulesValues } from '../form/form-values.ts'
import { LeaveGuard } from '../form/leave-guard.tsx'
import { SubmitError } from '../form/submit-error.tsx'
import type { useFormDraft } from '../form/use-form-draft.ts'

type Props = {
  lb: Lb
  /** Heading and button: "Create a frontend rule". */
  title: string
  form: UseFormReturn<RulesValues> & { submit: () => Promise<void> }
  draft: ReturnType<typeof useFormDraft>
  /** It has been created, and the page is about to go. */
  done: boolean
  /** Where Cancel goes. */
  back: { label: string; href: string }
  children: ReactNode
}

/** The page that creates one rule of a load balancer. */
export function RuleFormPage({ lb, title, form, draft, done, back, children }: Props) {
  const { isDirty, isSubmitting } = form.formState
  const discard = () => {
    form.reset()
    draft.discard()
  }
  return (
    <FormProvider {...form}>
      <LeaveGuard dirty={isDirty && !done} question="Leave without creating?" onDiscard={discard} />
      <form
        method="post"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void form.submit()
        }}
        className="grid max-w-3xl gap-6"
      >
        <PageHeader
          parent={
            <Link href={back.href}>
              {lb.name} · {back.label}
            </Link>
          }
          title={title}
        />
        <Card>
          <div className="grid gap-4">{children}</div>
        </Card>
        <SubmitError title="The rule was not created." />
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" loading={isSubmitting || done}>
            {title}
          </Button>
          <ButtonLink href={back.href}>Cancel</ButtonLink>
        </div>
      </form>
    </FormProvider>
  )
}
