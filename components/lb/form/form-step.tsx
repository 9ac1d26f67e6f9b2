import { type ReactNode, useId } from 'react'

type Props = { number: number; title: string; description?: ReactNode; children: ReactNode }

/** A numbered section of a long form. */
export function FormStep({ number, title, description, children }: Props) {
  const id = useId()
  return (
    <section
      aria-labelledby={id}
      className="grid gap-4 rounded-card border border-border bg-surface p-4 sm:p-5"
    >
      <div className="flex items-start gap-3">
        <span
          aria-hidden
          className="grid size-6 shrink-0 place-items-center rounded-full bg-accent-soft text-[0.8125rem] font-semibold text-accent"
        >
          {number}
        </span>
        <div className="grid gap-0.5">
          <h2 id={id} className="text-base font-semibold">
            {title}
          </h2>
          {description && <p className="text-muted">{description}</p>}
        </div>
      </div>
      {children}
    </section>
  )
}
