import * as z from 'zod'
import { Email } from './account.ts'
import { Id, nameOf, nullable, optional } from './fields.ts'
import { NameFilter, OrderBy, OwnerFilter, Paging } from './list.ts'

/** Who is told of what happens to load balancers, as the API returns it: the way that it has, without the other. */
export const Subscriber = z.object({
  id: z.string(),
  name: z.string(),
  email_config: z.object({ email: z.string() }).optional(),
  webhook_config: z.object({ uri: z.string() }).optional(),
})
export type Subscriber = z.infer<typeof Subscriber>

export const URI_MAX = 2048
const URI_HINT = 'Enter the address of a web page. For example: https://example.com/alerts'

/** API field `webhook_config.uri`. Where it leads is looked at when something is sent. */
const WebhookUri = z
  .string({ error: URI_HINT })
  .trim()
  .max(URI_MAX, { error: `An address can have at most ${URI_MAX} characters.` })
  .transform((text, context) => {
    const problem = uriProblem(text)
    if (problem === null) return new URL(text).href
    context.addIssue({ code: 'custom', message: problem })
    return z.NEVER
  })

function uriProblem(text: string): string | null {
  // URL drops line ends without a word.
  if (!/^https?:\/\/[^\s\p{Cc}]+$/iu.test(text) || !URL.canParse(text)) return URI_HINT
  const { username, password, hash } = new URL(text)
  if (username || password) {
    return "The address can't hold a name or password. Have the receiver check the signature instead."
  }
  return hash ? "The address can't have a part after #: it is never sent." : null
}

const CONFIGS = {
  email_config: nullable(z.object({ email: Email })),
  webhook_config: nullable(z.object({ uri: WebhookUri })),
}

/** `POST subscribers`: one of the two ways. */
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
        ? 'Give an email address (email_config) or the address of a webhook (webhook_config).'
        : 'An email address and a webhook are given. Choose one of them.'
    context.addIssue({ code: 'custom', path: ['webhook_config'], message })
  })
  .meta({
    example: { name: 'on call', webhook_config: { uri: 'https://example.com/alerts' } },
  })
export type CreateSubscriber = z.infer<typeof CreateSubscriber>

/** `PUT subscribers/{subscriber_id}`. What is left out stays; a way that is given takes the place of the other. */
export const UpdateSubscriber = z
  .object({ name: optional(nameOf('Subscriber name')), ...CONFIGS })
  .superRefine(({ email_config: email, webhook_config: webhook }, context) => {
    if (email === null || webhook === null) return
    const message = 'An email address and a webhook are given. Choose one of them.'
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
