import { Link as LinkIcon } from 'lucide-react'

type Props = { id: string; level: 2 | 3; children: string }

/** A heading with a link to its section, so that readers can copy the URL. @param id the ID of the section's element */
export function AnchoredHeading({ id, level, children }: Props) {
  const Heading = `h${level}` as const
  return (
    <div className="flex items-center gap-1.5">
      <Heading
        className={
          level === 2 ? 'text-lg/7 font-semibold tracking-tight' : 'text-base font-semibold'
        }
      >
        {children}
      </Heading>
      <a
        href={`#${id}`}
        aria-label={`Link to ${children}`}
        className="grid size-6 shrink-0 place-items-center rounded-control text-muted hover:bg-surface-sunken hover:text-text"
      >
        <LinkIcon aria-hidden className="size-3.5" />
      </a>
    </div>
  )
}
