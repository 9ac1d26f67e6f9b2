import type { Metadata } from 'next'
import type { ApiDocument } from '#components/docs/api-document.ts'
import { ApiReference } from '#components/docs/api-reference.tsx'
import { referenceOf } from '#components/docs/reference.ts'
import { Alert } from '#components/ui/alert.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { serverFetch } from '#lib/bff/api.ts'
import { ControlPlaneUnavailable } from '#lib/bff/control-plane.ts'
import { visitedApiUrl } from '../../visited-api-url.ts'

export const metadata: Metadata = { title: 'API reference' }

/** The control plane's description of its API, or why it could not be fetched. */
async function apiDocument() {
  try {
    return { found: await serverFetch<ApiDocument>('/fairlead/v1/openapi.json') }
  } catch (error) {
    if (error instanceof ControlPlaneUnavailable) return { problem: error.message }
    throw error
  }
}

export default async function ApiReferencePage() {
  const { found, problem } = await apiDocument()
  const apiUrl = await visitedApiUrl()
  return (
    <>
      <PageHeader title="API reference" />
      {found ? (
        <ApiReference reference={referenceOf(found, apiUrl)} apiUrl={apiUrl} />
      ) : (
        <Alert tone="danger" title="The API reference can't be shown">
          {problem}
        </Alert>
      )}
    </>
  )
}
