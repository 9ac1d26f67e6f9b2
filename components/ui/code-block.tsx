type Props = {
  /** Its accessible name. */
  label: string
  children: string
  className?: string
}

/** Preformatted code, which scrolls where it does not fit. */
export function CodeBlock({ label, children, className = 'max-h-[50vh]' }: Props) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
      tabIndex={0}
      className={`overflow-auto rounded-control border border-border bg-surface-sunken p-3 ${className}`}
    >
      <pre className="font-mono text-[0.8125rem]/5">{children}</pre>
    </section>
  )
}
