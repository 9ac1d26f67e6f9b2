import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { DocArticle } from '#components/docs/pages/doc-article.tsx'
import { readPage } from '#components/docs/pages/page-files.ts'
import { DOC_IMAGES } from '../doc-images.ts'

type Props = { params: Promise<{ page: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: readPage((await params).page)?.title }
}

export default async function DocumentationPage({ params }: Props) {
  const page = readPage((await params).page)
  if (page === null) notFound()
  return <DocArticle page={page} images={DOC_IMAGES} />
}
