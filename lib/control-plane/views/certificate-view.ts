import type { Certificate } from '#lib/core/certificate.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { CertificateRow } from '../store/tables.ts'

/** A certificate as the API returns it. */
export function certificateView({ lb_id: _lb, ...fields }: CertificateRow, lb: Lb): Certificate {
  return { ...fields, lb }
}
