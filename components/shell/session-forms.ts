import { fieldsOf } from '#components/form/request-fields.ts'
import { formRequest } from '#components/form/use-api-form.ts'

/** The values and requests of the forms that open a session. */

const accountSchemas = () => import('#lib/core/account.ts')

export type LogInValues = { email: string; password: string }

export const LOG_IN_FORM = formRequest({
  fields: ({ email, password }: LogInValues) => {
    const field = fieldsOf<LogInValues>()
    return { email: field('email', email), password: field('password', password) }
  },
  schema: async () => (await accountSchemas()).LogIn,
})

export type SetUpValues = { email: string; name: string; password: string }

export const NEW_ACCOUNT: SetUpValues = { email: '', name: '', password: '' }

/** @param token the secret of the one-time link */
export const setUpForm = (token: string) =>
  formRequest({
    fields: ({ email, name, password }: SetUpValues) => {
      const field = fieldsOf<SetUpValues>()
      return {
        token,
        email: field('email', email),
        name: field('name', name || undefined),
        password: field('password', password),
      }
    },
    schema: async () => (await accountSchemas()).SetUp,
  })

export type NewPasswordValues = { password: string }

/** @param token the secret of the link */
export const acceptLinkForm = (token: string) =>
  formRequest({
    fields: ({ password }: NewPasswordValues) => ({
      token,
      password: fieldsOf<NewPasswordValues>()('password', password),
    }),
    schema: async () => (await import('#lib/core/person.ts')).AcceptLink,
  })

export type ChangePasswordValues = { current: string; next: string }

export const NO_PASSWORDS: ChangePasswordValues = { current: '', next: '' }

export const CHANGE_PASSWORD_FORM = formRequest({
  fields: ({ current, next }: ChangePasswordValues) => {
    const field = fieldsOf<ChangePasswordValues>()
    return { current_password: field('current', current), new_password: field('next', next) }
  },
  schema: async () => (await accountSchemas()).ChangePassword,
})
