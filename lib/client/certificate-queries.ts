import type { Certificate, CertificateDetails } from '#lib/core/certificate.ts'
import type { Region } from '#lib/core/locality.ts'
import { apiPath } from './api-path.ts'
import { type ApiQuery, fetchAllPages } from './api-query.ts'
import { lbKey } from './lb-queries.ts'

/** A load balancer's certificates, oldest first. */
export function lbCertificates(lb: { id: string; region: Region }): ApiQuery<Certificate[]> {
  return {
    queryKey: [...lbKey(lb.id), 'certificates'],
    fetch: (get) => fetchAllPages(get, apiPath.certificates(lb.region, lb.id), 'certificates'),
  }
}

/** The issuer, key and fingerprint of an imported certificate. */
export function certificateDetails(id: string): ApiQuery<CertificateDetails> {
  return { queryKey: ['certificates', id], fetch: (get) => get(apiPath.certificateDetails(id)) }
}
