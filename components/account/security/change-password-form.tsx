'use client'
import { useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { useSessionForm } from '#components/shell/use-session-form.ts'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { PasswordField } from '#components/ui/password-field.tsx'
import { SESSIONS_KEY } from '#lib/client/session-queries.ts'
import type { ChangePassword } from '#lib/core/account.ts'
import { PASSWORD_MAX, PASSWORD_MIN } from '#lib/core/password-length.ts'

const EMPTY = { current_password: '', new_password: '' }

/** Current password, new password. All sessions end with the old one; this browser goes on with a new session. */
export function ChangePasswordForm() {
  const client = useQueryClient()
  const form = useSessionForm<ChangePassword, ChangePassword>({
    path: '/api/account/password',
    loadSchema: async () => (await import('#lib/core/account.ts')).ChangePassword,
    defaultValues: EMPTY,
    onDone: () => {
      form.reset(EMPTY)
      toast.success('Your password is changed. All your other sessions have ended.')
      void client.invalidateQueries({ queryKey: SESSIONS_KEY })
    },
  })
  const { register, submit, formState } = form
  const { errors, isSubmitting } = formState
  return (
    <form method="post" noValidate onSubmit={submit} className="grid max-w-md gap-4">
      <PasswordField
        label="Current password"
        autoComplete="current-password"
        error={errors.current_password?.message}
        {...register('current_password')}
      />
      <PasswordField
        label="New password"
        autoComplete="new-password"
        hint={`${PASSWORD_MIN} to ${PASSWORD_MAX} characters. All your other sessions end.`}
        error={errors.new_password?.message}
        {...register('new_password')}
      />
      {errors.root && (
        <Alert tone="danger" title="The password was not changed">
          {errors.root.message}
        </Alert>
      )}
      <div>
        <Button type="submit" variant="primary" loading={isSubmitting}>
          Change password
        </Button>
      </div>
    </form>
  )
}
