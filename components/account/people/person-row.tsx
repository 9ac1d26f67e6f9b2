import { toast } from 'sonner'
import { Menu } from '#components/ui/menu.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { StatusBadge, type StatusTone } from '#components/ui/status-badge.tsx'
import { RowHeader, Td, Tr } from '#components/ui/table.tsx'
import { errorMessage } from '#lib/client/error-text.ts'
import { useUpdatePerson } from '#lib/client/people-mutations.ts'
import type { Role } from '#lib/core/access.ts'
import type { Person, UpdatePerson } from '#lib/core/person.ts'
import { ROLE_OPTIONS, roleLabel, roleWithArticle } from './role-text.ts'

const STATES: Record<Person['state'], { tone: StatusTone; label: string }> = {
  active: { tone: 'ok', label: 'Active' },
  invited: { tone: 'neutral', label: 'Invited' },
  disabled: { tone: 'warn', label: 'Disabled' },
}

export type PersonAction = { what: 'link' | 'remove'; person: Person }

type Props = {
  person: Person
  /** Whether the current user may edit accounts. */
  canEdit: boolean
  onAction: (action: PersonAction) => void
}

/** An account as a row. */
export function PersonRow({ person, canEdit, onAction }: Props) {
  const update = useUpdatePerson(person)
  const { name, email, role, state, last_login_at: last } = person
  const { tone, label } = STATES[state]
  const save = (change: Partial<UpdatePerson>, done: string) =>
    update.mutate(change as UpdatePerson, {
      onSuccess: () => void toast.success(done),
      onError: (error) => void toast.error(errorMessage(error)),
    })
  return (
    <Tr>
      <RowHeader>
        {name}
        {name !== email && <span className="block font-normal text-muted">{email}</span>}
      </RowHeader>
      <Td label="Role">
        {canEdit ? (
          <SelectField
            label={`Role of ${email}`}
            hideLabel
            className="max-w-36"
            options={ROLE_OPTIONS}
            value={(update.isPending && update.variables.role) || role}
            onChange={({ target }) =>
              save(
                { role: target.value as Role },
                `${email} is ${roleWithArticle(target.value as Role)} now.`,
              )
            }
          />
        ) : (
          roleLabel(role)
        )}
      </Td>
      <Td label="State">
        <StatusBadge tone={tone}>{label}</StatusBadge>
      </Td>
      <Td label="Last log-in">{last ? <RelativeTime at={last} /> : 'Never'}</Td>
      {canEdit && (
        <Td actions>
          <Menu
            label={`Actions for ${email}`}
            items={[
              ...(state === 'disabled'
                ? [
                    {
                      label: 'Enable',
                      onSelect: () => save({ disabled: false }, `${email} can log in again.`),
                    },
                  ]
                : [
                    {
                      label: state === 'invited' ? 'New invitation link' : 'Password link',
                      onSelect: () => onAction({ what: 'link', person }),
                    },
                    {
                      label: 'Disable',
                      onSelect: () =>
                        save(
                          { disabled: true },
                          `${email} disabled. Their sessions ended, and their API tokens stopped working.`,
                        ),
                    },
                  ]),
              {
                label: 'Remove',
                tone: 'danger' as const,
                onSelect: () => onAction({ what: 'remove', person }),
              },
            ]}
          />
        </Td>
      )}
    </Tr>
  )
}
