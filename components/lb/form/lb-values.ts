import { fieldsOf, RequestField, requestOf } from '#components/form/request-fields.ts'
import { formRequest } from '#components/form/use-api-form.ts'
import { dirtyFields } from '#lib/client/dirty-fields.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { Region } from '#lib/core/locality.ts'
import { backendFields, frontendFields } from './rule-requests.ts'
import { newBackend, newFrontend, type RulesValues } from './rule-values.ts'
import { tagsOf, tagsText } from './typed-text.ts'

/** What the inputs of a load balancer's own settings hold. */
export type IdentityValues = {
  name: string
  description: string
  /** As `tagsText` writes them. */
  tags: string
}

export function identityValues({ name, description, tags }: Lb): IdentityValues {
  return { name, description, tags: tagsText(tags) }
}

function identityFields({ name, description, tags }: IdentityValues) {
  const field = fieldsOf<IdentityValues>()
  return {
    name: field('name', name),
    description: field('description', description),
    tags: field('tags', tagsOf(tags)),
  }
}

export const IDENTITY_FORM = formRequest({
  fields: identityFields,
  schema: async () => (await import('#lib/core/lb.ts')).UpdateLb,
})

/** The edited fields. The API requires the name in any case. */
export function identityPatch(values: IdentityValues, base: Lb) {
  const before = requestOf(identityFields(identityValues(base)))
  return { name: base.name, ...dirtyFields(base, before, requestOf(identityFields(values))) }
}

export const AUTOMATIC = 'auto'

export type LbValues = IdentityValues &
  RulesValues & {
    region: Region
    /** The ID of a conserved address, or `AUTOMATIC`. */
    ip: string
  }

/** The values of a new load balancer: one frontend and one backend, complete but for its name and servers. */
export function newLb(frontendPort: string): LbValues {
  const backend = newBackend([])
  return {
    name: '',
    description: '',
    tags: '',
    region: 'fr-par',
    ip: AUTOMATIC,
    frontends: [newFrontend([], { value: backend.key, protocol: backend.protocol }, frontendPort)],
    backends: [backend],
  }
}

/** The backend that a frontend of the form names. One without a name is an error of that backend. */
function backendNameField({ frontends, backends }: LbValues, frontendIndex: number) {
  const key = frontends[frontendIndex]?.backend
  const index = backends.findIndex((backend) => backend.key === key)
  const name = backends[index]?.name.trim()
  if (name === '') return new RequestField(String(key), `backends.${index}.name`)
  return new RequestField(name ?? '', `frontends.${frontendIndex}.backend`)
}

export const CREATE_LB_FORM = formRequest({
  fields: (values: LbValues) => ({
    ...identityFields(values),
    ...(values.ip !== AUTOMATIC && { ip_id: fieldsOf<LbValues>()('ip', values.ip) }),
    backends: values.backends.map((backend, at) => backendFields(backend, `backends.${at}.`)),
    frontends: values.frontends.map((frontend, at) => ({
      ...frontendFields(frontend, `frontends.${at}.`),
      backend: backendNameField(values, at),
    })),
  }),
  schema: async () => (await import('#lib/core/create-lb.ts')).CreateLb,
})
