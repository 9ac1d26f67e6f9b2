import type { ReactNode } from 'react'
import { SelectField, type SelectOption } from './select-field.tsx'
import { TextField } from './text-field.tsx'

type Select<Name extends string> = {
  name: Name
  label: string
  options: readonly SelectOption[]
  /** Its width beside the others. */
  className: string
}

type Props<Name extends string> = {
  /** The text filter's label and placeholder. */
  searchLabel: string
  typed: { text: string; set: (text: string) => void }
  selects: readonly Select<Name>[]
  values: Readonly<Record<Name, string>>
  onChange: (name: Name, value: string) => void
  children?: ReactNode
}

/** The filters and the order of a list. */
export function FilterBar<Name extends string>(props: Props<Name>) {
  const { searchLabel, typed, selects, values, onChange, children } = props
  return (
    <search className="flex flex-wrap items-end gap-2">
      <TextField
        label={searchLabel}
        hideLabel
        type="search"
        placeholder={searchLabel}
        className="w-full sm:w-72"
        value={typed.text}
        onChange={({ target }) => typed.set(target.value)}
      />
      {selects.map(({ name, label, options, className }) => (
        <SelectField
          key={name}
          hideLabel
          {...{ label, options, className }}
          value={values[name]}
          onChange={({ target }) => onChange(name, target.value)}
        />
      ))}
      {children}
    </search>
  )
}
