'use client'
import { InlineForm } from '#components/form/inline-form.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import { PasswordField } from '#components/ui/password-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useOpenSession } from '#lib/client/session-requests.ts'
import type { Account } from '#lib/core/account.ts'
import { LOG_IN_FORM, type LogInValues } from './session-forms.ts'

type Props = {
  /** Filled in where it is known. The password then has the focus. */
  email?: string
  onDone: (account: Account) => void
}

/** The inputs of a log-in. */
export function LogInFields({ focusPassword = false }: { focusPassword?: boolean }) {
  return (
    <>
      <TextField
        label="Email"
        type="email"
        autoComplete="username"
        inputMode="email"
        spellCheck={false}
        {...useField<LogInValues>('email')}
      />
      <PasswordField
        label="Password"
        autoComplete="current-password"
        // In a dialog, where the focus goes to the first empty input.
        autoFocus={focusPassword}
        {...useField<LogInValues>('password')}
      />
    </>
  )
}

/** Email, password, **Log in**. */
export function LogInForm({ email = '', onDone }: Props) {
  const logIn = useOpenSession('/api/session', { onSuccess: onDone })
  const form = useApiForm({ email, password: '' }, LOG_IN_FORM)
  return (
    <InlineForm
      form={form}
      submitLabel="Log in"
      wideButton
      onSubmit={logIn.mutateAsync}
      submitError={logIn.error}
      loading={logIn.isPending || logIn.isSuccess}
    >
      <LogInFields focusPassword={email !== ''} />
    </InlineForm>
  )
}
