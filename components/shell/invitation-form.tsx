'use client'
import { PasswordField } from '#components/ui/password-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { PASSWORD_MAX, PASSWORD_MIN } from '#lib/core/password-length.ts'
import type { AcceptLink } from '#lib/core/person.ts'
import { nextPath } from './next-path.ts'
import { SessionSubmit } from './session-submit.tsx'
import { useSessionForm } from './use-session-form.ts'

/** Chooses the password of an account, with the secret of a link, and logs in. */
export function InvitationForm({ token, email }: { token: string; email: string }) {
  const { register, submit, formState } = useSessionForm<AcceptLink, AcceptLink>({
    path: '/api/invitation/accept',
    loadSchema: async () => (await import('#lib/core/person.ts')).AcceptLink,
    defaultValues: { token, password: '' },
    onDone: () => window.location.assign(nextPath(undefined)),
  })
  const { errors } = formState
  return (
    <form method="post" noValidate onSubmit={submit} className="grid gap-4">
      {/* Read only, but there: password managers keep it with the password. */}
      <TextField label="Email" type="email" autoComplete="username" readOnly value={email} />
      <PasswordField
        label="Password"
        autoComplete="new-password"
        hint={`${PASSWORD_MIN} to ${PASSWORD_MAX} characters.`}
        error={errors.password?.message}
        {...register('password')}
      />
      <SessionSubmit formState={formState} failure="The password was not set">
        Set password and log in
      </SessionSubmit>
    </form>
  )
}
