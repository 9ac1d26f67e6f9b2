import { clsx } from 'clsx'
import { useId } from 'react'

type Props<Value extends string> = {
  /** Its accessible name. */
  legend: string
  options: readonly { value: Value; label: string }[]
  value: Value
  onChange: (value: Value) => void
  /** The inputs' name in a form. */
  name?: string
}

/** A choice among few short options, side by side. Native radio buttons, so that the arrow keys work. */
export function SegmentedControl<Value extends string>({
  legend,
  options,
  value,
  onChange,
  name,
}: Props<Value>) {
  const ownName = useId()
  return (
    <fieldset className="flex w-fit flex-wrap gap-0.5 rounded-control bg-surface-sunken p-0.5">
      <legend className="sr-only">{legend}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className={clsx(
            'relative grid h-8 cursor-pointer place-items-center rounded-[0.25rem] px-2.5 text-[0.8125rem] whitespace-nowrap text-muted hover:text-text',
            'has-checked:bg-surface has-checked:font-medium has-checked:text-text has-checked:ring-1 has-checked:ring-border-strong/50',
            'has-focus-visible:outline-2 has-focus-visible:outline-accent',
          )}
        >
          <input
            type="radio"
            name={name ?? ownName}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
            className="absolute inset-0 cursor-pointer appearance-none outline-none"
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  )
}
