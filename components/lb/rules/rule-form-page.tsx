'use client'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { FormProps } from '#components/form/form-shell.tsx'
import { PageForm } from '#components/form/page-form.tsx'
import { Card } from '#components/ui/card.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import type { Lb } from '#lib/core/lb.ts'
import type { RulesValues } from '../form/rule-values.ts'

type Props<Tree> = FormProps<RulesValues, Tree> & {
  lb: Lb
  /** Heading and button: "Create a frontend rule". */
  title: string
  draftName: string
  done: boolean
  /** The list of the rules. */
  parent: { label: string; href: string }
  children: ReactNode
}

/** The page that creates one rule of a load balancer. */
export function RuleFormPage<Tree>({ lb, title, parent, children, ...form }: Props<Tree>) {
  return (
    <div className="grid max-w-3xl gap-6">
      <PageHeader
        parent={
          <Link href={parent.href}>
            {lb.name} · {parent.label}
          </Link>
        }
        title={title}
      />
      <PageForm
        {...form}
        submitLabel={title}
        cancelHref={parent.href}
        errorTitle="The rule was not created."
      >
        <Card>
          <div className="grid gap-4">{children}</div>
        </Card>
      </PageForm>
    </div>
  )
}
