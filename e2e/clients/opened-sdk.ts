import type { Lbv1 } from '@scaleway/sdk-lb'

/**
 * What the classes of all official SDKs have in common, in the names of the one for JavaScript. `setAcls` is the zoned ones'
 * alone.
 */
export type SdkApi = Lbv1.ZonedAPI

/** A class of an official SDK, ready to be called. */
export type OpenedSdk = {
  api: SdkApi
  /** The methods of the class that have not been called. */
  uncalled: () => string[]
  close: () => Promise<void>
}

/** The SDKs' default project. They create in it, and the Python SDK lists only what is in it. */
export type SdkSettings = {
  apiUrl: string
  accessKey: string
  secretKey: string
  projectId: string
  organizationId: string
}
