import { createClient } from '@scaleway/sdk-client'
import { Lbv1 } from '@scaleway/sdk-lb'
import { noteCalls } from './called-methods.ts'
import type { OpenedSdk, SdkSettings } from './opened-sdk.ts'

/** A class of the SDK for JavaScript. */
export async function openJavascriptSdk(
  kind: 'API' | 'ZonedAPI',
  { apiUrl, accessKey, secretKey, projectId, organizationId }: SdkSettings,
): Promise<OpenedSdk> {
  const client = createClient({
    ...{ apiURL: apiUrl, accessKey, secretKey },
    defaultRegion: 'fr-par',
    defaultZone: 'fr-par-1',
    defaultProjectId: projectId,
    defaultOrganizationId: organizationId,
  })
  const { api, uncalled } = noteCalls(new Lbv1[kind](client) as Lbv1.ZonedAPI)
  return { api, uncalled, close: async () => {} }
}
