import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { TokenList } from '#components/account/token-list.tsx'
import { publicApiUrl } from '#lib/bff/public-api-url.ts'
import { consoleSettings } from '#lib/bff/settings.ts'
import { allTokens } from '#lib/client/token-queries.ts'
import { Prefetched } from '../../network/prefetched.tsx'

export const metadata: Metadata = { title: 'API tokens' }

export default async function ApiTokensPage() {
  const { apiUrl: ownApiUrl, host } = consoleSettings()
  const apiUrl = publicApiUrl(ownApiUrl, host, (await headers()).get('host'))
  return (
    <Prefetched queries={[allTokens()]}>
      <TokenList apiUrl={apiUrl} />
    </Prefetched>
  )
}
