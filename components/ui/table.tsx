import { clsx } from 'clsx'
import type { ComponentProps, ReactNode } from 'react'

type TableProps = Omit<ComponentProps<'table'>, 'aria-label'> & {
  /** The table's accessible name. */
  name: string
  /** Where it is narrow, rows become cards; cells then show their `label`. */
  stacked?: boolean
  /** How many rows the body has, where not all of them exist: see windowed-tbody.tsx. */
  rowCount?: number
}

/** A native table with a name, in a frame that scrolls sideways where it must. */
export function Table({
  name,
  stacked = true,
  rowCount,
  className,
  children,
  ...props
}: TableProps) {
  return (
    <div className="overflow-x-auto rounded-card border border-border bg-surface px-4">
      <table
        {...props}
        aria-rowcount={rowCount === undefined ? undefined : rowCount + 1}
        className={clsx('w-full border-collapse text-left', stacked && 'table-stacked', className)}
      >
        <caption className="sr-only">{name}</caption>
        {children}
      </table>
    </div>
  )
}

export function Thead({ children }: { children: ReactNode }) {
  return (
    <thead className="border-b border-border">
      <tr aria-rowindex={1}>{children}</tr>
    </thead>
  )
}

/** A column's header. `actions` heads the column of row menus, which shows no heading. */
export function Th({
  className,
  actions = false,
  children,
  ...props
}: ComponentProps<'th'> & { actions?: boolean }) {
  return (
    <th
      {...props}
      scope="col"
      className={clsx(
        'h-9 pr-4 text-[0.8125rem] font-medium whitespace-nowrap text-muted last:pr-0',
        actions && 'w-8',
        className,
      )}
    >
      {actions ? <span className="sr-only">{children ?? 'Actions'}</span> : children}
    </th>
  )
}

export function Tbody(props: ComponentProps<'tbody'>) {
  return <tbody {...props} className={clsx('divide-y divide-border', props.className)} />
}

export function Tr(props: ComponentProps<'tr'>) {
  return <tr {...props} />
}

/** The cell that names its row. `label` is for a row of inputs, where cards have to say what it is. */
export function RowHeader({
  label,
  className,
  ...props
}: ComponentProps<'th'> & { label?: string }) {
  return (
    <th
      {...props}
      scope="row"
      data-label={label}
      className={clsx('pr-4 font-medium sm:h-11 sm:py-1.5', className)}
    />
  )
}

/** A cell. `label` is its column's name, shown where rows are cards; `actions` marks the row's menu. */
export function Td({
  label,
  actions = false,
  className,
  children,
  ...props
}: ComponentProps<'td'> & { label?: string; actions?: boolean }) {
  return (
    <td
      {...props}
      data-label={label}
      data-actions={actions || undefined}
      className={clsx('sm:h-11 sm:py-1.5 sm:pr-4 sm:last:pr-0', actions && 'text-right', className)}
    >
      <div className={actions ? 'flex justify-end' : undefined}>{children}</div>
    </td>
  )
}
