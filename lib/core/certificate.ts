import * as z from 'zod'
import { nameOf, nullable, withDefault } from './fields.ts'
import { Lb } from './lb.ts'
import { NameFilter, OrderBy, Paging } from './list.ts'

export const CertificateStatus = z.enum(['pending', 'ready', 'error'])
export type CertificateStatus = z.infer<typeof CertificateStatus>

/** A certificate without the load balancer that it embeds. Never contains the private key. */
export const CertificateFields = z.object({
  type: z.enum(['letsencrypt', 'custom']),
  id: z.string(),
  name: z.string(),
  /** The first DNS name of the certificate. */
  common_name: z.string(),
  /** The other DNS names. */
  subject_alternative_name: z.array(z.string()),
  /** SHA-1; empty for imported certificates, as in Scaleway's API. `CertificateDetails` has all fingerprints. */
  fingerprint: z.string(),
  not_valid_before: z.string(),
  not_valid_after: z.string(),
  /** An imported certificate stays `ready` after it has expired, as in Scaleway's API. */
  status: CertificateStatus,
  /** The reason of `error`. */
  status_details: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
})
export type CertificateFields = z.infer<typeof CertificateFields>

/** A certificate, as the API returns it. */
export const Certificate = CertificateFields.extend({ lb: Lb })
export type Certificate = z.infer<typeof Certificate>

export const CertificateList = z.object({
  certificates: z.array(Certificate),
  total_count: z.int(),
})
export type CertificateList = z.infer<typeof CertificateList>

const PEM_MAX = 64 * 1024
const DNS_NAME = /^(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/

const DnsName = z
  .string()
  .trim()
  .toLowerCase()
  .max(253, { error: 'A domain name can have at most 253 characters.' })
  .regex(DNS_NAME, { error: 'Enter a domain name. For example: www.example.com' })

/** `POST lbs/{lb_id}/certificates`, with one of the two configurations. */
export const CreateCertificate = z
  .object({
    name: nameOf('Certificate name'),
    letsencrypt: nullable(
      z.object({
        common_name: DnsName,
        subject_alternative_name: withDefault(
          z.array(DnsName).max(99, { error: 'At most 99 further domain names.' }),
          [],
        ),
      }),
    ),
    custom_certificate: nullable(
      z.object({
        certificate_chain: z
          .string({ error: 'Paste the certificate, its chain and its private key.' })
          .min(1, { error: 'Paste the certificate, its chain and its private key.' })
          .max(PEM_MAX, { error: 'A certificate with its chain and key can have at most 64 KiB.' }),
      }),
    ),
  })
  .superRefine(({ letsencrypt, custom_certificate: custom }, context) => {
    if ((letsencrypt === null) !== (custom === null)) return
    const message =
      letsencrypt === null
        ? "Provide a certificate (custom_certificate), or the names for a request to Let's Encrypt (letsencrypt)."
        : 'Provide custom_certificate or letsencrypt, not both.'
    context.addIssue({ code: 'custom', path: ['custom_certificate'], message })
  })
  .meta({
    example: {
      name: 'www.example.com',
      custom_certificate: { certificate_chain: '-----BEGIN PRIVATE KEY-----…' },
    },
  })
export type CreateCertificate = z.infer<typeof CreateCertificate>

/** `PUT certificates/{certificate_id}`. */
export const UpdateCertificate = z.object({ name: nameOf('Certificate name') })

export const ListCertificates = Paging.extend({ name: NameFilter, order_by: OrderBy })
export type ListCertificates = z.infer<typeof ListCertificates>

/** `GET /fairlead/v1/certificates/{id}`: details of an imported certificate. */
export const CertificateDetails = z.object({
  id: z.string(),
  /** A distinguished name, one attribute per line: "CN=www.example.com". */
  subject: z.string(),
  issuer: z.string(),
  serial_number: z.string(),
  /** "RSA, 2048 bits", "EC, prime256v1". */
  key: z.string(),
  /** Lower-case hex without colons. */
  fingerprint_sha1: z.string(),
  fingerprint_sha256: z.string(),
  /** All subject alternative names: "DNS:www.example.com". */
  names: z.array(z.string()),
  /** The number of certificates after the leaf. */
  chain_length: z.int(),
  problem: z.string().nullable().meta({
    description: 'Why the certificate is not valid now, for example that it has expired.',
  }),
})
export type CertificateDetails = z.infer<typeof CertificateDetails>
