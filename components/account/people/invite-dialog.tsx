'use client'
import { useForm } from 'react-hook-form'
import { Alert } from '#components/ui/alert.tsx'
import { FormDialog } from '#components/ui/form-dialog.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useInvite } from '#lib/client/people-mutations.ts'
import type { Role } from '#lib/core/access.ts'
import { showProblems } from '../show-problems.ts'
import { PasswordLink } from './password-link.tsx'
import { ROLE_OPTIONS } from './role-text.ts'

type Values = { email: string; name: string; role: Role }

const OPTIONS = ROLE_OPTIONS.map(({ value, label, may }) => ({
  value,
  label: `${label}: ${may.toLowerCase()}`,
}))

const INPUTS = { email: 'email', name: 'name', role: 'role' } as const

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
  const form = useForm<Values>({ defaultValues: { email: '', name: '', role: 'viewer' } })
  const { register, formState } = form
  const { errors } = formState
  const submit = form.handleSubmit(async ({ email, name, role }) => {
    try {
      await invite.mutateAsync({ email, name: name.trim() || undefined, role })
    } catch (error) {
      showProblems(form, error, INPUTS)
    }
  })
  return (
    <FormDialog
      title="Invite somebody"
      description="They get an account, and choose its password with a link that you send them."
      submitLabel="Invite"
      loading={invite.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
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
    </FormDialog>
  )
}
