import type * as z from 'zod'
import type { Certificate, CertificateDetails, CreateCertificate } from '#lib/core/certificate.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { Region } from '#lib/core/locality.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { LBS_KEY } from './lb-queries.ts'
import { allPages, type Read } from './read.ts'
import { useRuleChange } from './rule-mutations.ts'

/** A load balancer's certificates, the oldest first. */
export function lbCertificates(lb: { id: string; region: Region }): Read<Certificate[]> {
  return {
    queryKey: [...LBS_KEY, lb.id, 'certificates'],
    read: (get) => allPages(get, apiPath.certificates(lb.region, lb.id), 'certificates'),
  }
}

/** What an imported certificate says of itself. */
export function certificateDetails(id: string): Read<CertificateDetails> {
  return { queryKey: ['certificates', id], read: (get) => get(apiPath.certificateDetails(id)) }
}

export function useCreateCertificate(lb: Lb) {
  return useRuleChange(lb, (body: z.input<typeof CreateCertificate>) =>
    callApi<Certificate>('POST', apiPath.certificates(lb.region, lb.id), { body }),
  )
}

export function useDeleteCertificate(lb: Lb) {
  return useRuleChange(lb, ({ id }: { id: string }) =>
    callApi<void>('DELETE', apiPath.certificate(lb.region, id)),
  )
}
