'use client'
import { useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { InlineForm } from '#components/form/inline-form.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import {
  CHANGE_PASSWORD_FORM,
  type ChangePasswordValues,
  NO_PASSWORDS,
} from '#components/shell/session-forms.ts'
import { PasswordField } from '#components/ui/password-field.tsx'
import { SESSIONS_KEY } from '#lib/client/session-queries.ts'
import { useOpenSession } from '#lib/client/session-requests.ts'
import { PASSWORD_MAX, PASSWORD_MIN } from '#lib/core/password-length.ts'

/** The inputs of a new password. */
export function ChangePasswordFields() {
  return (
    <>
      <PasswordField
        label="Current password"
        autoComplete="current-password"
        {...useField<ChangePasswordValues>('current')}
      />
      <PasswordField
        label="New password"
        autoComplete="new-password"
        hint={`${PASSWORD_MIN} to ${PASSWORD_MAX} characters. All your other sessions end.`}
        {...useField<ChangePasswordValues>('next')}
      />
    </>
  )
}

/** Changes the account's password. All its sessions end, and this browser gets a new one. */
export function ChangePasswordForm() {
  const client = useQueryClient()
  const change = useOpenSession('/api/account/password', {
    onSuccess: () => {
      form.reset()
      toast.success('Your password is changed. All your other sessions have ended.')
      void client.invalidateQueries({ queryKey: SESSIONS_KEY })
    },
  })
  const form = useApiForm(NO_PASSWORDS, CHANGE_PASSWORD_FORM)
  return (
    <div className="max-w-md">
      <InlineForm
        form={form}
        submitLabel="Change password"
        onSubmit={change.mutateAsync}
        submitError={change.error}
        errorTitle="The password was not changed"
        loading={change.isPending}
      >
        <ChangePasswordFields />
      </InlineForm>
    </div>
  )
}
