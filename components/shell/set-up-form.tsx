'use client'
import { InlineForm } from '#components/form/inline-form.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import { PasswordField } from '#components/ui/password-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useOpenSession } from '#lib/client/session-requests.ts'
import { PASSWORD_MAX, PASSWORD_MIN } from '#lib/core/password-length.ts'
import { nextPath } from './next-path.ts'
import { NEW_ACCOUNT, type SetUpValues, setUpForm } from './session-forms.ts'

/** The inputs of the first account. */
export function SetUpFields() {
  return (
    <>
      <TextField
        label="Email"
        type="email"
        autoComplete="username"
        inputMode="email"
        spellCheck={false}
        hint="You log in with it."
        {...useField<SetUpValues>('email')}
      />
      <TextField label="Name" optional autoComplete="name" {...useField<SetUpValues>('name')} />
      <PasswordField
        label="Password"
        autoComplete="new-password"
        hint={`${PASSWORD_MIN} to ${PASSWORD_MAX} characters.`}
        {...useField<SetUpValues>('password')}
      />
    </>
  )
}

/** **Create your account**: the first one, with the token of the one-time link. */
export function SetUpForm({ token }: { token: string }) {
  const setUp = useOpenSession('/api/setup', {
    onSuccess: () => window.location.assign(nextPath(undefined)),
  })
  const form = useApiForm(NEW_ACCOUNT, setUpForm(token))
  return (
    <InlineForm
      form={form}
      submitLabel="Create your account"
      wideButton
      onSubmit={setUp.mutateAsync}
      submitError={setUp.error}
      errorTitle="The account was not created"
      loading={setUp.isPending || setUp.isSuccess}
    >
      <SetUpFields />
    </InlineForm>
  )
}
