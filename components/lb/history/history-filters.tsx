import { SelectField, type SelectOption } from '#components/ui/select-field.tsx'
import { FAILOVERS, type HistoryFilter } from '#lib/client/change-queries.ts'
import type { ChangeSubjects } from '#lib/core/change.ts'
import { compareNames } from '#lib/core/fold-case.ts'
import { actorName, resourceTypeName } from './change-text.ts'

type Props = {
  subjects: ChangeSubjects | undefined
  filter: HistoryFilter
  onChange: (next: Partial<HistoryFilter>) => void
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function resourceOptions(subjects: ChangeSubjects | undefined): SelectOption[] {
  const options = (subjects?.resources ?? []).map(({ id, type, name }) => ({
    value: id,
    label: type === 'lb' ? 'Load balancer' : `${capitalized(resourceTypeName(type))} ${name}`,
  }))
  return options.sort((one, other) => compareNames(one.label, other.label))
}

/** Filters the history by rule and by actor. */
export function HistoryFilters({ subjects, filter, onChange }: Props) {
  const actors = (subjects?.actors ?? []).map((actor) => ({
    value: actor.id,
    label: actorName(actor),
  }))
  return (
    <search className="grid gap-3 sm:flex">
      <SelectField
        label="What was changed"
        options={[
          { value: '', label: 'Everything' },
          { value: FAILOVERS, label: 'Failovers and switchovers' },
          ...resourceOptions(subjects),
        ]}
        value={filter.rule}
        className="sm:w-72"
        onChange={(event) => onChange({ rule: event.target.value })}
      />
      <SelectField
        label="Changed by"
        options={[{ value: '', label: 'Anyone' }, ...actors]}
        value={filter.actor}
        className="sm:w-72"
        onChange={(event) => onChange({ actor: event.target.value })}
      />
    </search>
  )
}
