import type * as z from 'zod'
import type { Certificate, CreateCertificate } from '#lib/core/certificate.ts'
import type { Lb } from '#lib/core/lb.ts'
import { callApi } from './api.ts'
import type { MutationOptions } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { useLbMutation } from './lb-mutations.ts'

type NewCertificate = z.input<typeof CreateCertificate>

export function useCreateCertificate(
  lb: Lb,
  options?: MutationOptions<NewCertificate, Certificate>,
) {
  return useLbMutation(
    lb,
    (body: NewCertificate) =>
      callApi<Certificate>('POST', apiPath.certificates(lb.region, lb.id), { body }),
    options,
  )
}

export function useDeleteCertificate(lb: Lb, options?: MutationOptions<{ id: string }, void>) {
  return useLbMutation(
    lb,
    ({ id }: { id: string }) => callApi<void>('DELETE', apiPath.certificate(lb.region, id)),
    options,
  )
}
