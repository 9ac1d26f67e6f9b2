import type { ReactNode } from 'react'
import { DocsNav } from '#components/docs/pages/docs-nav.tsx'
import { readNavigation } from '#components/docs/pages/page-files.ts'

/** The documentation and the API reference, with their common navigation. */
export default function DocsLayout({ children }: { children: ReactNode }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-x-8 gap-y-4 lg:grid-cols-[10.5rem_minmax(0,1fr)]">
      <DocsNav groups={readNavigation()} />
      <div className="min-w-0">{children}</div>
    </div>
  )
}
