import { clsx } from 'clsx'
import type { ComponentProps, ReactNode } from 'react'

type TableProps = Omit<ComponentProps<'table'>, 'aria-label'> & {
  /** The table's accessible name. */
  name: string
  /** On narrow screens, rows become cards whose cells show their `label`. */
  stacked?: boolean
  /** The number of rows, including those that are not rendered (windowed-tbody.tsx). */
  rowCount?: number
}

/** A native table with a name, in a frame that scrolls sideways. */
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

/** A column header. `actions` marks the column of row menus, whose heading is hidden. */
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

/** The cell that names its row. `label` is its column's name, for rows of inputs shown as cards. */
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
      className={clsx('font-medium sm:h-11 sm:py-1.5 sm:pr-4', className)}
    />
  )
}

/** A cell. `label` is its column's name, shown in cards; `actions` marks the row's menu. */
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
