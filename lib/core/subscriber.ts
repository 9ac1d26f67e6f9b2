import * as z from 'zod'
import { Email } from './account.ts'
import { Id, nameOf, nullable, optional } from './fields.ts'
import { NameFilter, OrderBy, OwnerFilter, Paging } from './list.ts'

/** A subscriber, as the API returns it, with one of the two channels. */
export const Subscriber = z.object({
  id: z.string(),
  name: z.string(),
  email_config: z.object({ email: z.string() }).optional(),
  webhook_config: z.object({ uri: z.string() }).optional(),
})
export type Subscriber = z.infer<typeof Subscriber>

export const URI_MAX = 2048
const URI_HINT = 'Enter a valid http or https URL. For example: https://example.com/alerts'

/** API field `webhook_config.uri`. The egress policy checks its address at each delivery. */
const WebhookUri = z
  .string({ error: URI_HINT })
  .trim()
  .max(URI_MAX, { error: `A URL can have at most ${URI_MAX} characters.` })
  .transform((text, context) => {
    const problem = uriProblem(text)
    if (problem === null) return new URL(text).href
    context.addIssue({ code: 'custom', message: problem })
    return z.NEVER
  })

function uriProblem(text: string): string | null {
  // The URL parser silently removes line breaks.
  if (!/^https?:\/\/[^\s\p{Cc}]+$/iu.test(text) || !URL.canParse(text)) return URI_HINT
  const { username, password, hash } = new URL(text)
  if (username || password) {
    return "The URL can't contain a name or password. Verify the signature in the receiver instead."
  }
  return hash ? "The URL can't contain a fragment (#…), because it is never sent." : null
}

const CONFIGS = {
  email_config: nullable(z.object({ email: Email })),
  webhook_config: nullable(z.object({ uri: WebhookUri })),
}

/** `POST subscribers`, with one of the two channels. */
export const CreateSubscriber = z
  .object({
    name: nameOf('Subscriber name'),
    ...CONFIGS,
    organization_id: optional(Id),
    project_id: optional(Id),
  })
  .superRefine(({ email_config: email, webhook_config: webhook }, context) => {
    if ((email === null) !== (webhook === null)) return
    const message =
      email === null
        ? 'Provide an email address (email_config) or a webhook URL (webhook_config).'
        : 'Provide email_config or webhook_config, not both.'
    context.addIssue({ code: 'custom', path: ['webhook_config'], message })
  })
  .meta({
    example: { name: 'on call', webhook_config: { uri: 'https://example.com/alerts' } },
  })
export type CreateSubscriber = z.infer<typeof CreateSubscriber>

/** `PUT subscribers/{subscriber_id}`. Omitted fields keep their values. A channel replaces the previous one. */
export const UpdateSubscriber = z
  .object({ name: optional(nameOf('Subscriber name')), ...CONFIGS })
  .superRefine(({ email_config: email, webhook_config: webhook }, context) => {
    if (email === null || webhook === null) return
    const message = 'Provide email_config or webhook_config, not both.'
    context.addIssue({ code: 'custom', path: ['webhook_config'], message })
  })
export type UpdateSubscriber = z.infer<typeof UpdateSubscriber>

export const ListSubscribers = Paging.extend({
  ...OwnerFilter.shape,
  name: NameFilter,
  order_by: OrderBy,
})
export type ListSubscribers = z.infer<typeof ListSubscribers>

export const SubscriberList = z.object({ subscribers: z.array(Subscriber), total_count: z.int() })
export type SubscriberList = z.infer<typeof SubscriberList>

/** `POST lb/{lb_id}/subscribe`. */
export const SubscribeToLb = z.object({ subscriber_id: Id })
