'use client'
import type * as z from 'zod'
import { PasswordField } from '#components/ui/password-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import type { SetUp } from '#lib/core/account.ts'
import { PASSWORD_MAX, PASSWORD_MIN } from '#lib/core/password-length.ts'
import { nextPath } from './next-path.ts'
import { SessionSubmit } from './session-submit.tsx'
import { useSessionForm } from './use-session-form.ts'

/** **Create your account**: the first one, with the token of the one-time link. */
export function SetUpForm({ token }: { token: string }) {
  const { register, submit, formState } = useSessionForm<z.input<typeof SetUp>, SetUp>({
    path: '/api/setup',
    loadSchema: async () => (await import('#lib/core/account.ts')).SetUp,
    defaultValues: { token, email: '', password: '' },
    onDone: () => window.location.assign(nextPath(undefined)),
  })
  const { errors } = formState
  return (
    <form method="post" noValidate onSubmit={submit} className="grid gap-4">
      <TextField
        label="Email"
        type="email"
        autoComplete="username"
        inputMode="email"
        spellCheck={false}
        hint="You log in with it."
        error={errors.email?.message}
        {...register('email')}
      />
      <TextField
        label="Name"
        optional
        autoComplete="name"
        error={errors.name?.message}
        {...register('name', { setValueAs: (name: string | undefined) => name || undefined })}
      />
      <PasswordField
        label="Password"
        autoComplete="new-password"
        hint={`${PASSWORD_MIN} to ${PASSWORD_MAX} characters.`}
        error={errors.password?.message}
        {...register('password')}
      />
      <SessionSubmit formState={formState} failure="The account was not created">
        Create your account
      </SessionSubmit>
    </form>
  )
}
