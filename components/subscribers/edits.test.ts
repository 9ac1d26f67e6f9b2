import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestOf } from '#components/form/request-fields.ts'
import {
  type Call,
  checkEdits,
  fieldsBy,
  newName,
  ok,
  oneOf,
  REGION,
} from '#components/form/testing/edit-check.ts'
import { CreateSubscriber, type Subscriber } from '#lib/core/subscriber.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import {
  SUBSCRIBER_FORM,
  type SubscriberValues,
  subscriberPatch,
  subscriberValues,
} from './subscriber-values.ts'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const call: Call = (...request) => controlPlane.call(...request)

test('editing a subscriber changes only the edited fields', async () => {
  const uris = ['https://example.com/a?b=%20c', 'https://Example.com', 'http://example.com:8080/x']
  const saved = await checkEdits<Subscriber, SubscriberValues>({
    create: () =>
      ok(call, 'POST', `${REGION}/subscribers`, {
        name: newName(),
        webhook_config: { uri: oneOf(uris) },
      }),
    read: ({ id }) => ok(call, 'GET', `${REGION}/subscribers/${id}`),
    valuesOf: (base) => subscriberValues(base, 'fr-par'),
    isValid: (inputs) =>
      CreateSubscriber.safeParse(requestOf(SUBSCRIBER_FORM.fields(inputs))).success,
    save: (inputs, base) =>
      ok(call, 'PUT', `${REGION}/subscribers/${base.id}`, subscriberPatch(inputs, base)),
    fieldsOf: fieldsBy({ name: /^name$/, uri: /^webhook_config\.uri$/ }),
  })
  expect(saved).toBeGreaterThan(5)
})

test('a name that someone else changed is kept', async () => {
  const body = { name: 'old', webhook_config: { uri: 'https://example.com/a' } }
  const base = await ok<Subscriber>(call, 'POST', `${REGION}/subscribers`, body)
  await ok(call, 'PUT', `${REGION}/subscribers/${base.id}`, { name: 'new' })
  const inputs = { ...subscriberValues(base, 'fr-par'), uri: 'https://example.com/b' }
  await ok(call, 'PUT', `${REGION}/subscribers/${base.id}`, subscriberPatch(inputs, base))
  expect(await ok(call, 'GET', `${REGION}/subscribers/${base.id}`)).toMatchObject({
    name: 'new',
    webhook_config: { uri: 'https://example.com/b' },
  })
})
