import {
  Certificate,
  CertificateDetails,
  CertificateList,
  CreateCertificate,
  ListCertificates,
  UpdateCertificate,
} from '#lib/core/certificate.ts'
import { createCertificate } from '../services/certificates/create-certificate.ts'
import { deleteCertificate } from '../services/certificates/delete-certificate.ts'
import { getCertificate, getCertificateDetails } from '../services/certificates/get-certificate.ts'
import { listCertificates } from '../services/certificates/list-certificates.ts'
import { updateCertificate } from '../services/certificates/update-certificate.ts'
import type { Call, Endpoint, ScopedCall } from './endpoint.ts'

export const CERTIFICATE_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/lbs/{id}/certificates',
    summary: "List a load balancer's certificates",
    query: ListCertificates,
    response: CertificateList,
    handle: async (call) => ({ value: await listCertificates(call) }),
  },
  {
    method: 'post',
    path: '/lbs/{id}/certificates',
    summary: "Import a certificate, or request one from Let's Encrypt",
    body: CreateCertificate,
    response: Certificate,
    handle: createCertificate,
  },
  {
    method: 'get',
    path: '/certificates/{id}',
    summary: 'Get a certificate, without its private key',
    response: Certificate,
    handle: getCertificate,
  },
  {
    method: 'put',
    path: '/certificates/{id}',
    summary: 'Rename a certificate',
    body: UpdateCertificate,
    response: Certificate,
    handle: updateCertificate,
  },
  {
    method: 'delete',
    path: '/certificates/{id}',
    summary: 'Delete a certificate and its private key',
    response: null,
    handle: deleteCertificate,
  },
]

/** Certificate details, under `/fairlead/v1`. */
export const FAIRLEAD_CERTIFICATE_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/certificates/{id}',
    summary: 'Get the subject, issuer, names and fingerprints of an imported certificate',
    response: CertificateDetails,
    handle: async (call) => ({ value: await getCertificateDetails(call) }),
  },
]
