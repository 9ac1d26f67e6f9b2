import {
  Certificate,
  CertificateList,
  CreateCertificate,
  ListCertificates,
  UpdateCertificate,
} from '#lib/core/certificate.ts'
import { createCertificate } from '../services/certificates/create-certificate.ts'
import { deleteCertificate } from '../services/certificates/delete-certificate.ts'
import { getCertificate } from '../services/certificates/get-certificate.ts'
import { listCertificates } from '../services/certificates/list-certificates.ts'
import { updateCertificate } from '../services/certificates/update-certificate.ts'
import type { Endpoint, ScopedCall } from './endpoint.ts'

export const CERTIFICATE_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/lbs/{id}/certificates',
    summary: "List a load balancer's certificates",
    query: ListCertificates,
    answer: CertificateList,
    handle: async (call) => ({ value: await listCertificates(call) }),
  },
  {
    method: 'post',
    path: '/lbs/{id}/certificates',
    summary: "Import a certificate, or request one from Let's Encrypt",
    body: CreateCertificate,
    answer: Certificate,
    handle: createCertificate,
  },
  {
    method: 'get',
    path: '/certificates/{id}',
    summary: 'Get a certificate, without its private key',
    answer: Certificate,
    handle: getCertificate,
  },
  {
    method: 'put',
    path: '/certificates/{id}',
    summary: 'Rename a certificate',
    body: UpdateCertificate,
    answer: Certificate,
    handle: updateCertificate,
  },
  {
    method: 'delete',
    path: '/certificates/{id}',
    summary: 'Delete a certificate and its private key',
    answer: null,
    handle: async (call) => {
      await deleteCertificate(call)
      return null
    },
  },
]
