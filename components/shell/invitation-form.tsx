'use client'
import { InlineForm } from '#components/form/inline-form.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import { PasswordField } from '#components/ui/password-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useOpenSession } from '#lib/client/session-requests.ts'
import { PASSWORD_MAX, PASSWORD_MIN } from '#lib/core/password-length.ts'
import { nextPath } from './next-path.ts'
import { acceptLinkForm, type NewPasswordValues } from './session-forms.ts'

/** The input of a link's new password. */
export function NewPasswordField() {
  return (
    <PasswordField
      label="Password"
      autoComplete="new-password"
      hint={`${PASSWORD_MIN} to ${PASSWORD_MAX} characters.`}
      {...useField<NewPasswordValues>('password')}
    />
  )
}

/** Sets the password of an account with the secret of a link, and logs in. */
export function InvitationForm({ token, email }: { token: string; email: string }) {
  const accept = useOpenSession('/api/invitation/accept', {
    onSuccess: () => window.location.assign(nextPath(undefined)),
  })
  const form = useApiForm({ password: '' }, acceptLinkForm(token))
  return (
    <InlineForm
      form={form}
      submitLabel="Set password and log in"
      wideButton
      onSubmit={accept.mutateAsync}
      submitError={accept.error}
      errorTitle="The password was not set"
      loading={accept.isPending || accept.isSuccess}
    >
      {/* For password managers, which store it with the password. */}
      <TextField label="Email" type="email" autoComplete="username" readOnly value={email} />
      <NewPasswordField />
    </InlineForm>
  )
}
