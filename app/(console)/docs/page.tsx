import type { Metadata } from 'next'
import { DocArticle } from '#components/docs/pages/doc-article.tsx'
import { readIndex } from '#components/docs/pages/page-files.ts'
import { DOC_IMAGES } from './doc-images.ts'

export const metadata: Metadata = { title: 'Documentation' }

export default function DocumentationPage() {
  return <DocArticle page={readIndex()} images={DOC_IMAGES} contents={false} />
}
