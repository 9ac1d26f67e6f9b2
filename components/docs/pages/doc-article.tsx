import { Disclosure } from '#components/ui/disclosure.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { AnchoredHeading } from '../anchored-heading.tsx'
import { type DocImages, Markdown } from './markdown.tsx'
import type { DocPage, DocSection } from './parse-page.ts'

type Props = { page: DocPage; images: DocImages; contents?: boolean }

/** A page of the documentation, with the list of its sections unless `contents` is false. */
export function DocArticle({ page, images, contents = page.sections.length > 1 }: Props) {
  const { title, introduction, sections } = page
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-x-8 min-[90rem]:grid-cols-[minmax(0,1fr)_14rem]">
      <article className="grid max-w-3xl grid-cols-[minmax(0,1fr)] gap-4 text-[0.9375rem]/6">
        <PageHeader title={title} />
        {contents && (
          <Disclosure summary="On this page" className="text-sm min-[90rem]:hidden">
            <SectionLinks sections={sections} />
          </Disclosure>
        )}
        <Markdown tokens={introduction} heading={title} images={images} />
        {sections.map((section) => (
          <section
            key={section.id}
            id={section.id}
            className="grid grid-cols-[minmax(0,1fr)] gap-3.5 not-first:mt-4"
          >
            <AnchoredHeading id={section.id} level={section.level === 2 ? 2 : 3}>
              {section.title}
            </AnchoredHeading>
            <Markdown tokens={section.tokens} heading={section.title} images={images} />
          </section>
        ))}
      </article>
      {contents && (
        <nav
          aria-label="On this page"
          className="sticky top-6 hidden max-h-[calc(100dvh-3rem)] self-start overflow-y-auto text-[0.8125rem]/5 min-[90rem]:block"
        >
          <p className="px-2 pb-1 font-medium">On this page</p>
          <SectionLinks sections={sections} />
        </nav>
      )}
    </div>
  )
}

function SectionLinks({ sections }: { sections: DocSection[] }) {
  return (
    <ul>
      {sections.map(({ id, level, title }) => (
        <li key={id} className={level === 3 ? 'pl-3 text-xs/5' : undefined}>
          <a
            href={`#${id}`}
            className="block rounded-control px-2 py-0.5 text-muted hover:bg-surface-sunken hover:text-text"
          >
            {title}
          </a>
        </li>
      ))}
    </ul>
  )
}
