/** The logo: one line through a ring to three. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      className={className}
    >
      <path d="M1.5 12h5" />
      <circle cx="11" cy="12" r="4.5" />
      <path d="M15.5 12h7M14.6 8.9 21.5 4M14.6 15.1l6.9 4.9" />
    </svg>
  )
}

/** The logo and the name. */
export function Brand() {
  return (
    <span className="inline-flex items-center gap-2 text-base font-semibold tracking-tight">
      <Mark className="size-5.5 text-accent" />
      Fairlead
    </span>
  )
}
