'use client'
import { PasswordField } from '#components/ui/password-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import type { Account, LogIn } from '#lib/core/account.ts'
import { SessionSubmit } from './session-submit.tsx'
import { useSessionForm } from './use-session-form.ts'

type Props = {
  /** Filled in already, where it is known; the password then has the focus. */
  email?: string
  onDone: (account: Account) => void
}

/** Email, password, **Log in**. */
export function LogInForm({ email = '', onDone }: Props) {
  const { register, submit, formState } = useSessionForm<LogIn, LogIn>({
    path: '/api/session',
    loadSchema: async () => (await import('#lib/core/account.ts')).LogIn,
    defaultValues: { email, password: '' },
    onDone,
  })
  const { errors } = formState
  return (
    // POST, so that a press before the script is ready never puts the password into the address.
    <form method="post" noValidate onSubmit={submit} className="grid gap-4">
      <TextField
        label="Email"
        type="email"
        autoComplete="username"
        inputMode="email"
        spellCheck={false}
        error={errors.email?.message}
        {...register('email')}
      />
      <PasswordField
        label="Password"
        autoComplete="current-password"
        // In a dialog, where focus goes to the first thing left to fill in.
        autoFocus={email !== ''}
        error={errors.password?.message}
        {...register('password')}
      />
      <SessionSubmit formState={formState}>Log in</SessionSubmit>
    </form>
  )
}
