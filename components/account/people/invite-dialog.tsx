'use client'
import { DialogForm } from '#components/form/dialog-form.tsx'
import { fieldsOf } from '#components/form/request-fields.ts'
import { formRequest, useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useInvite } from '#lib/client/people-mutations.ts'
import type { Role } from '#lib/core/access.ts'
import { PasswordLink } from './password-link.tsx'
import { ROLE_OPTIONS } from './role-text.ts'

export type InviteValues = { email: string; name: string; role: Role }

export const NEW_INVITE: InviteValues = { email: '', name: '', role: 'viewer' }

export const INVITE_FORM = formRequest({
  fields: ({ email, name, role }: InviteValues) => {
    const field = fieldsOf<InviteValues>()
    return {
      email: field('email', email),
      name: field('name', name.trim() || undefined),
      role: field('role', role),
    }
  },
  schema: async () => (await import('#lib/core/person.ts')).InvitePerson,
})

const OPTIONS = ROLE_OPTIONS.map(({ value, label, may }) => ({
  value,
  label: `${label}: ${may.toLowerCase()}`,
}))

/** The inputs of an invitation. */
export function InviteFields() {
  return (
    <>
      <TextField
        label="Email"
        type="email"
        inputMode="email"
        autoComplete="off"
        spellCheck={false}
        {...useField<InviteValues>('email')}
      />
      <TextField label="Name" optional autoComplete="off" {...useField<InviteValues>('name')} />
      <SelectField label="Role" options={OPTIONS} {...useField<InviteValues>('role')} />
    </>
  )
}

/** Creates an account, then shows its invitation link once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const invite = useInvite()
  const form = useApiForm(NEW_INVITE, INVITE_FORM)
  const { data } = invite
  if (data) {
    return (
      <PasswordLink
        title={`${data.email} is invited`}
        email={data.email}
        link={data.link}
        onClose={onClose}
      />
    )
  }
  return (
    <DialogForm
      form={form}
      title="Invite somebody"
      description="They get an account, and choose its password with a link that you send them."
      submitLabel="Invite"
      onSubmit={(body) => invite.mutateAsync(body)}
      submitError={invite.error}
      errorTitle="Nobody was invited."
      loading={invite.isPending}
      onClose={onClose}
    >
      <InviteFields />
    </DialogForm>
  )
}
