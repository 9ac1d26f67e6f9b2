import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { TokenList } from '#components/account/token-list.tsx'
import { readEnvironment } from '#lib/bff/environment.ts'
import { publicApiUrl } from '#lib/bff/public-api-url.ts'
import { allTokens } from '#lib/client/token-queries.ts'
import { Prefetched } from '../../network/prefetched.tsx'

export const metadata: Metadata = { title: 'API tokens' }

export default async function ApiTokensPage() {
  const { controlPlane, host } = readEnvironment(process.env)
  const apiUrl = publicApiUrl(controlPlane.url, host, (await headers()).get('host'))
  return (
    <Prefetched queries={[allTokens()]}>
      <TokenList apiUrl={apiUrl} />
    </Prefetched>
  )
}
