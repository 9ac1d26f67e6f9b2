import { clsx } from 'clsx'
import type { MarkedToken, Token, Tokens } from 'marked'
import Link from 'next/link'
import { createElement, Fragment, type ReactNode } from 'react'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { consoleHref } from './page-files.ts'

type ImageFile = { src: string; width: number; height: number }
/** A picture's file for each theme. */
export type DocImage = { light: ImageFile; dark: ImageFile }
/** The pictures that pages show, by their path in the text. */
export type DocImages = Readonly<Record<string, DocImage>>

/** `heading` is the heading above the tokens. It names tables and code for screen readers. */
type Context = { heading: string; images: DocImages }

const LINK = 'text-accent underline underline-offset-2'

/** Renders every item. As arguments of `createElement` they need no keys: the text of a page never changes. */
function each<T>(items: T[], render: (item: T) => ReactNode): ReactNode {
  return createElement(Fragment, null, ...items.map(render))
}

const all = (tokens: Token[] = [], context: Context): ReactNode =>
  each(tokens, (token) => rendered(token, context))

/** Renders Markdown as React elements. @throws Error for HTML, which must not get into the page */
export function Markdown({ tokens, ...context }: { tokens: Token[] } & Context) {
  return all(tokens, context)
}

function rendered(token: Token, context: Context): ReactNode {
  const known = token as MarkedToken
  switch (known.type) {
    case 'space':
      return null
    case 'paragraph':
      return <p>{all(known.tokens, context)}</p>
    case 'text':
      return known.tokens ? all(known.tokens, context) : known.text
    case 'escape':
      return known.text
    case 'strong':
      return <strong className="font-semibold">{all(known.tokens, context)}</strong>
    case 'em':
      return <em>{all(known.tokens, context)}</em>
    case 'codespan':
      return (
        <code className="rounded-sm bg-surface-sunken p-0.5 font-mono text-[0.8125rem]">
          {known.text}
        </code>
      )
    case 'link':
      return <DocLink href={known.href}>{all(known.tokens, context)}</DocLink>
    case 'image':
      return <Picture path={known.href} alt={known.text} images={context.images} />
    case 'list':
      return <List list={known} context={context} />
    case 'code':
      return <CodeExample code={known.text} heading={context.heading} />
    case 'table':
      return <DataTable table={known} context={context} />
    case 'blockquote':
      return (
        <blockquote className="grid gap-3 border-l-2 border-accent py-0.5 pl-4">
          {all(known.tokens, context)}
        </blockquote>
      )
    default:
      throw new Error(`The documentation can't show this Markdown (${token.type}): ${token.raw}`)
  }
}

function DocLink({ href, children }: { href: string; children: ReactNode }) {
  const target = consoleHref(href)
  if (target.startsWith('/')) {
    return (
      <Link href={target} className={LINK}>
        {children}
      </Link>
    )
  }
  return (
    <a href={target} className={LINK}>
      {children}
    </a>
  )
}

function List({ list, context }: { list: Tokens.List; context: Context }) {
  const Element = list.ordered ? 'ol' : 'ul'
  return (
    <Element className={clsx('grid gap-2 pl-5', list.ordered ? 'list-decimal' : 'list-disc')}>
      {each(list.items, ({ tokens }) => (
        <li className="pl-1 marker:text-muted">
          <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
            {each(tokens, (token) => itemBlock(token, context))}
          </div>
        </li>
      ))}
    </Element>
  )
}

/** `marked` wraps an item's text in a paragraph only if empty lines separate the items. */
function itemBlock(token: Token, context: Context): ReactNode {
  return token.type === 'text' ? <p>{rendered(token, context)}</p> : rendered(token, context)
}

/** Scrolls sideways, by the keyboard too. */
function ScrollBox(props: { label: string; className?: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for inputs.
    <div
      role="group"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it.
      tabIndex={0}
      className={clsx('overflow-x-auto rounded-control border border-border', props.className)}
    >
      {props.children}
    </div>
  )
}

function CodeExample({ code, heading }: { code: string; heading: string }) {
  return (
    <div className="relative">
      <ScrollBox label={`${heading}: code`} className="bg-surface-sunken py-2.5 pr-11 pl-3.5">
        <pre className="font-mono text-[0.8125rem]/5">{code}</pre>
      </ScrollBox>
      <div className="absolute top-1.5 right-1.5 rounded-control bg-surface-sunken">
        <CopyButton text={code} label="Copy code" />
      </div>
    </div>
  )
}

function DataTable({ table, context }: { table: Tokens.Table; context: Context }) {
  return (
    <ScrollBox label={`${context.heading}: table`} className="bg-surface">
      <table
        className={clsx(
          'w-full border-collapse text-left text-sm/6 wrap-break-word',
          table.header.length > 2 ? 'min-w-160' : 'min-w-104',
        )}
      >
        {table.header.some(({ text }) => text !== '') && (
          <thead className="border-b border-border">
            <tr>
              {each(table.header, ({ tokens }) => (
                <th scope="col" className="px-3.5 py-2 font-medium text-muted">
                  {all(tokens, context)}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody className="divide-y divide-border">
          {each(table.rows, (row) => (
            <tr>
              {each(row, ({ tokens }) => (
                <td className="px-3.5 py-2 align-top">{all(tokens, context)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}

function Picture({ path, alt, images }: { path: string; alt: string; images: DocImages }) {
  const image = images[path]
  if (!image) throw new Error(`The documentation has no picture ${path}.`)
  return (
    <>
      <ThemedImage
        file={image.light}
        alt={alt}
        className="in-data-[theme=dark]:hidden dark:[:root:not([data-theme=light])_&]:hidden"
      />
      <ThemedImage
        file={image.dark}
        alt={alt}
        className="hidden in-data-[theme=dark]:block dark:[:root:not([data-theme=light])_&]:block"
      />
    </>
  )
}

/** Both pictures are lazy, so that the browser does not load the hidden one of the other theme. */
function ThemedImage(props: { file: ImageFile; alt: string; className: string }) {
  const { file, alt, className } = props
  return (
    // biome-ignore lint/performance/noImgElement: next/image would add script to pages of text.
    <img
      {...file}
      alt={alt}
      loading="lazy"
      className={clsx('h-auto w-full rounded-card border border-border', className)}
    />
  )
}
