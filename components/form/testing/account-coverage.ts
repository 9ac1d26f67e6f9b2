import { OwnerField } from '#components/account/hand-over-dialog.tsx'
import { INVITE_FORM, InviteFields, NEW_INVITE } from '#components/account/people/invite-dialog.tsx'
import { ChangePasswordFields } from '#components/account/security/change-password-form.tsx'
import { NewTokenFields, TokenFields } from '#components/account/token-fields.tsx'
import {
  NEW_TOKEN,
  NEW_TOKEN_FORM,
  OWNER_FORM,
  TOKEN_FORM,
} from '#components/account/token-values.ts'
import {
  CERTIFICATE_FORM,
  NEW_CERTIFICATE,
} from '#components/lb/certificates/certificate-values.ts'
import { CertificateFields } from '#components/lb/certificates/create-certificate-dialog.tsx'
import { NETWORK_FORM, NetworkField } from '#components/lb/networks/attach-network-dialog.tsx'
import { NewNodeFields } from '#components/lb/nodes/join/add-node-dialog.tsx'
import { newNode, newNodeForm } from '#components/lb/nodes/join/new-node-values.ts'
import { NewPasswordField } from '#components/shell/invitation-form.tsx'
import { LogInFields } from '#components/shell/log-in-form.tsx'
import {
  acceptLinkForm,
  CHANGE_PASSWORD_FORM,
  LOG_IN_FORM,
  NEW_ACCOUNT,
  NO_PASSWORDS,
  setUpForm,
} from '#components/shell/session-forms.ts'
import { SetUpFields } from '#components/shell/set-up-form.tsx'
import { SubscriberFields } from '#components/subscribers/subscriber-dialog.tsx'
import { NEW_SUBSCRIBER, SUBSCRIBER_FORM } from '#components/subscribers/subscriber-values.ts'
import { type Coverage, form, h, PROJECT_EXEMPT, variantsOf } from './coverage.ts'

/** The requests about everything but load balancers and their rules. */
export const ACCOUNT_COVERAGE: Coverage[] = [
  {
    schema: 'CreateCertificate',
    forms: [
      form(CERTIFICATE_FORM, variantsOf(NEW_CERTIFICATE, { kind: 'letsencrypt' }), () =>
        h(CertificateFields),
      ),
    ],
  },
  {
    schema: 'AttachPrivateNetwork',
    forms: [form(NETWORK_FORM, [{ id: 'x' }], () => h(NetworkField))],
    exempt: { ipam_ids: 'Attachments have no effect, so their addresses have none.' },
  },
  {
    schema: 'DetachPrivateNetwork',
    forms: [],
    exempt: { private_network_id: 'The row names it.' },
  },
  {
    schema: 'CreateSubscriber',
    forms: [
      form(SUBSCRIBER_FORM, variantsOf(NEW_SUBSCRIBER, { kind: 'email' }), () =>
        h(SubscriberFields, { isNew: true }),
      ),
    ],
    exempt: PROJECT_EXEMPT,
  },
  {
    schema: 'UpdateSubscriber',
    forms: [
      form(SUBSCRIBER_FORM, variantsOf(NEW_SUBSCRIBER, { kind: 'email' }), () =>
        h(SubscriberFields, { isNew: false }),
      ),
    ],
  },
  {
    schema: 'CreateApiToken',
    forms: [
      form(NEW_TOKEN_FORM, variantsOf(NEW_TOKEN, { lifetime: 'date' }), () => h(NewTokenFields)),
    ],
  },
  {
    schema: 'UpdateApiToken',
    forms: [
      form(TOKEN_FORM, [{ name: '', networks: '' }], () => h(TokenFields)),
      form(OWNER_FORM, [{ owner: '' }], () => h(OwnerField, { options: [] })),
    ],
  },
  { schema: 'InvitePerson', forms: [form(INVITE_FORM, [NEW_INVITE], () => h(InviteFields))] },
  {
    schema: 'UpdatePerson',
    forms: [],
    exempt: {
      name: 'People set their own name.',
      role: 'A select in the row.',
      disabled: 'An entry of the row menu.',
    },
  },
  {
    schema: 'LogIn',
    forms: [form(LOG_IN_FORM, [{ email: '', password: '' }], () => h(LogInFields))],
  },
  {
    schema: 'SetUp',
    forms: [form(setUpForm('x'), [NEW_ACCOUNT], () => h(SetUpFields))],
    exempt: { token: 'In the link.' },
  },
  {
    schema: 'AcceptLink',
    forms: [form(acceptLinkForm('x'), [{ password: '' }], () => h(NewPasswordField))],
    exempt: { token: 'In the link.' },
  },
  {
    schema: 'ChangePassword',
    forms: [form(CHANGE_PASSWORD_FORM, [NO_PASSWORDS], () => h(ChangePasswordFields))],
  },
  {
    schema: 'FollowDatabase',
    forms: [],
    exempt: {
      lb_ids: 'A confirmation lists them.',
      unknown: 'The confirmation lists them all by ID.',
    },
  },
  {
    schema: 'NewNode',
    forms: [
      form(newNodeForm([]), [newNode({ nodes: [], pending: [] })], () =>
        h(NewNodeFields, { nodes: [] }),
      ),
    ],
  },
  { schema: 'StartMoves', forms: [], exempt: { lb_ids: 'A table lists them.' } },
  { schema: 'CancelMoves', forms: [], exempt: { lb_ids: 'A table lists them.' } },
  { schema: 'SwitchoverRequest', forms: [], exempt: { to: 'The button names it.' } },
]
