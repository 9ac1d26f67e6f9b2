import { Bot, CircleUser, KeyRound, type LucideIcon } from 'lucide-react'
import Link from 'next/link'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { Tag } from '#components/ui/tag.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { Change } from '#lib/core/change.ts'
import { describeChange, type HistoryEntry } from './change-text.ts'
import { changedFields, type Names } from './changed-fields.ts'
import { FieldChanges } from './field-changes.tsx'
import { RestoreButton } from './restore-button.tsx'

const ACTORS: Record<Change['actor']['kind'], { icon: LucideIcon; tag: string | null }> = {
  account: { icon: CircleUser, tag: null },
  token: { icon: KeyRound, tag: 'API token' },
  system: { icon: Bot, tag: 'Fairlead itself' },
}

type Props = {
  lbId: string
  entry: HistoryEntry
  names: Names
  /** The IDs of the rules that still exist. */
  existingRules: ReadonlySet<string>
  /** Whether nothing was saved after it, so that restoring it would change nothing. */
  isNewest: boolean
}

/** A save: who, when, and its changes. */
export function SaveItem({ lbId, entry, names, existingRules, isNewest }: Props) {
  const { icon: Icon, tag } = ACTORS[entry.actor.kind]
  const [only, ...others] = entry.changes
  return (
    <li className="grid grid-cols-[1.25rem_minmax(0,1fr)] gap-x-3 gap-y-2 py-3.5">
      <Icon aria-hidden className="mt-0.5 size-4 text-muted" />
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <p>
          <span className="font-medium">{entry.actor.name}</span> {tag && <Tag>{tag}</Tag>}{' '}
          {only && others.length === 0 ? (
            <ChangeSentence {...{ lbId, existingRules }} change={only} />
          ) : (
            `made ${entry.changes.length} changes at once`
          )}
        </p>
        <div className="flex items-center gap-1">
          <p className="text-[0.8125rem] text-muted">
            <RelativeTime at={entry.at} />
          </p>
          {!isNewest && <RestoreButton changeId={entry.key} at={entry.at} {...{ lbId, names }} />}
        </div>
      </div>
      <div className="col-start-2 grid gap-2 empty:hidden">
        {only && others.length === 0 ? (
          <FieldChanges fields={changedFields(only, names)} />
        ) : (
          <ul className="grid gap-2">
            {entry.changes.map((change) => (
              <li key={change.id} className="border-l-2 border-border pl-3">
                <p className="first-letter:uppercase">
                  <ChangeSentence {...{ lbId, existingRules, change }} />
                </p>
                <FieldChanges fields={changedFields(change, names)} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </li>
  )
}

type SentenceProps = { lbId: string; change: Change; existingRules: ReadonlySet<string> }

/** "changed frontend rule web", with a link to the rule if it still exists. */
function ChangeSentence({ lbId, change, existingRules }: SentenceProps) {
  const { verb, type, name } = describeChange(change)
  const { id, type: kind } = change.resource
  const href = kind === 'frontend' ? consolePath.frontend(lbId, id) : consolePath.backend(lbId, id)
  return (
    <>
      {verb} {type}{' '}
      {existingRules.has(id) ? (
        <Link href={href} className="text-accent underline">
          {name}
        </Link>
      ) : (
        <span className="font-medium">{name}</span>
      )}
    </>
  )
}
