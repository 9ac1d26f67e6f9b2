'use client'
import { useId } from 'react'
import { useForm } from 'react-hook-form'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { errorWords } from '#lib/client/error-words.ts'
import { fieldProblems } from '#lib/client/field-problems.ts'
import { useInvite } from '#lib/client/people-mutations.ts'
import type { Role } from '#lib/core/access.ts'
import { PasswordLink } from './password-link.tsx'
import { ROLE_OPTIONS } from './role-words.ts'

type Values = { email: string; name: string; role: Role }

const OPTIONS = ROLE_OPTIONS.map(({ value, label, may }) => ({
  value,
  label: `${label}: ${may.toLowerCase()}`,
}))

/** Invites somebody, and then shows the link for them, this once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const invite = useInvite()
  const { data } = invite
  if (!data) return <InviteForm invite={invite} onClose={onClose} />
  return (
    <PasswordLink
      title={`${data.email} is invited`}
      email={data.email}
      link={data.link}
      onClose={onClose}
    />
  )
}

type FormProps = { invite: ReturnType<typeof useInvite>; onClose: () => void }

function InviteForm({ invite, onClose }: FormProps) {
  const formId = useId()
  const form = useForm<Values>({ defaultValues: { email: '', name: '', role: 'viewer' } })
  const { register, setError, formState } = form
  const { errors } = formState
  const submit = form.handleSubmit(async ({ email, name, role }) => {
    try {
      await invite.mutateAsync({ email, name: name.trim() || undefined, role })
    } catch (error) {
      const problems = fieldProblems(error)
      for (const { field, message } of problems) {
        setError(field as keyof Values, { message }, { shouldFocus: true })
      }
      if (problems.length === 0) setError('root', { message: errorWords(error) })
    }
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Invite somebody"
      description="They get an account, and choose its password with a link that you send them."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" loading={invite.isPending}>
            Invite
          </Button>
        </>
      }
    >
      <form
        id={formId}
        method="post"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!invite.isPending) void submit()
        }}
        className="grid gap-4"
      >
        <TextField
          label="Email"
          type="email"
          inputMode="email"
          autoComplete="off"
          spellCheck={false}
          error={errors.email?.message}
          {...register('email')}
        />
        <TextField
          label="Name"
          optional
          autoComplete="off"
          error={errors.name?.message}
          {...register('name')}
        />
        <SelectField
          label="Role"
          options={OPTIONS}
          error={errors.role?.message}
          {...register('role')}
        />
        {errors.root && (
          <Alert tone="danger" title="Nobody was invited.">
            {errors.root.message}
          </Alert>
        )}
      </form>
    </Dialog>
  )
}
