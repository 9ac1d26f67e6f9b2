import type { ReferenceView } from './reference.ts'

const linkClass =
  'block rounded-control px-2 py-0.5 text-muted hover:bg-surface-sunken hover:text-text'

/** Links to all calls and objects, beside them on wide screens. */
export function ReferenceIndex({ reference }: { reference: ReferenceView }) {
  return (
    <nav
      aria-label="API reference"
      className="sticky top-6 hidden max-h-[calc(100dvh-3rem)] gap-4 self-start overflow-y-auto text-[0.8125rem]/5 xl:grid"
    >
      {reference.groups.map(({ id, name, calls }) => (
        <div key={id} data-call-group>
          <a href={`#${id}`} className="block px-2 py-0.5 font-medium">
            {name}
          </a>
          <ul>
            {calls.map(({ id, method, path, summary }) => (
              <li key={id} data-call={`${method} ${path} ${summary}`}>
                <a href={`#${id}`} className={linkClass}>
                  {summary}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <div>
        <a href="#objects" className="block px-2 py-0.5 font-medium">
          Objects
        </a>
        <ul>
          {reference.objects.map(({ id, name }) => (
            <li key={id}>
              <a href={`#${id}`} className={linkClass}>
                {name}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </nav>
  )
}
