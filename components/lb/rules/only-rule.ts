import type { BackendValues } from '../form/backend-values.ts'
import type { RulesValues } from '../form/form-values.ts'
import type { FrontendValues } from '../form/frontend-values.ts'

/** The one frontend of a form that creates one. */
export function onlyFrontend({ frontends: [frontend] }: RulesValues): FrontendValues {
  if (!frontend) throw new Error('The form has no frontend')
  return frontend
}

/** The one backend of a form that creates one. */
export function onlyBackend({ backends: [backend] }: RulesValues): BackendValues {
  if (!backend) throw new Error('The form has no backend')
  return backend
}
