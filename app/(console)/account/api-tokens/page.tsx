import type { Metadata } from 'next'
import { TokenList } from '#components/account/token-list.tsx'
import { allTokens } from '#lib/client/token-reads.ts'
import { Prefetched } from '../../network/prefetched.tsx'

export const metadata: Metadata = { title: 'API tokens' }

export default function ApiTokensPage() {
  return (
    <Prefetched reads={[allTokens()]}>
      <TokenList />
    </Prefetched>
  )
}
