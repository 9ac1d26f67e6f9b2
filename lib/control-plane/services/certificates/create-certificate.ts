import { randomUUID } from 'node:crypto'
import {
  type Certificate,
  type CertificateFields,
  CreateCertificate,
} from '#lib/core/certificate.ts'
import { detach } from '#lib/process/faults.ts'
import { Authority } from '../../authority/authority.ts'
import { commonName, dnsNames, PemProblem, readPem } from '../../certificates/pem-certificate.ts'
import { invalidField } from '../../errors.ts'
import { findLb } from '../../store/find.ts'
import type { CertificateRow } from '../../store/tables.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { type Versioned, versionedCertificate } from '../versioned-views.ts'
import { settleLetsencrypt } from './settle-letsencrypt.ts'

/** The API's value for an unknown time. */
const NO_TIME = '0001-01-01T00:00:00Z'

type Own = Omit<CertificateFields, 'id' | 'name' | 'created_at' | 'updated_at'>

/** Imports a certificate with its private key, or requests one from Let's Encrypt (`settle-letsencrypt.ts`). */
export async function createCertificate({
  ctx,
  scope,
  id,
  input,
}: CallWith<'scope' | 'id' | 'input', Write | 'fleet'>): Promise<Versioned<Certificate>> {
  await findLb(ctx.store.reader, scope, id)
  const request = parseInput(CreateCertificate, input)
  const own = ownFields(request)
  const created = await change(ctx, async (writer, at) => {
    const lb = await findLb(writer, scope, id)
    const row: CertificateRow = {
      id: randomUUID(),
      lb_id: lb.id,
      name: request.name,
      ...own,
      created_at: at,
      updated_at: at,
    }
    await writer.insertInto('certificates').values(row).execute()
    const pem = request.custom_certificate?.certificate_chain
    if (pem !== undefined) {
      const secretRow = { table: 'certificate_chains', id: row.id } as const
      const chain = { certificate_id: row.id, sealed_pem: ctx.store.secrets.seal(pem, secretRow) }
      await writer.insertInto('certificate_chains').values(chain).execute()
    }
    return {
      historyOf: lb.id,
      entries: [{ verb: 'create', type: 'certificate', id: row.id, before: null, after: row }],
      result: () => versionedCertificate(ctx, writer, row),
    }
  })
  // The response is still `pending`, as in Scaleway's API. If the disk is full, the next start rejects the request.
  const settle = () => settleLetsencrypt(ctx, Authority.system).catch(() => {})
  if (request.letsencrypt) detach('maintenance', settle)
  return created
}

function ownFields({ letsencrypt, custom_certificate: custom }: CreateCertificate): Own {
  if (letsencrypt) {
    return {
      type: 'letsencrypt',
      ...letsencrypt,
      fingerprint: '',
      not_valid_before: NO_TIME,
      not_valid_after: NO_TIME,
      status: 'pending',
      status_details: null,
    }
  }
  return importedFields(custom?.certificate_chain ?? '')
}

/** As in Scaleway's API, the names are the certificate's DNS names and the fingerprint is empty. */
function importedFields(pem: string): Own {
  try {
    const { leaf } = readPem(pem)
    const [first, ...further] = dnsNames(leaf)
    return {
      type: 'custom',
      common_name: first ?? commonName(leaf),
      subject_alternative_name: further,
      fingerprint: '',
      not_valid_before: toSeconds(leaf.validFromDate),
      not_valid_after: toSeconds(leaf.validToDate),
      status: 'ready',
      status_details: null,
    }
  } catch (error) {
    if (!(error instanceof PemProblem)) throw error
    throw invalidField('custom_certificate.certificate_chain', error.message)
  }
}

function toSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}
