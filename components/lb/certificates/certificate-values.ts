import { fieldsOf } from '#components/form/request-fields.ts'
import { formRequest } from '#components/form/use-api-form.ts'

/** What the inputs of a certificate hold. */
export type CertificateValues = {
  kind: 'custom' | 'letsencrypt'
  name: string
  pem: string
  commonName: string
  /** One per line. */
  names: string
}

export const NEW_CERTIFICATE: CertificateValues = {
  kind: 'custom',
  name: '',
  pem: '',
  commonName: '',
  names: '',
}

export const CERTIFICATE_FORM = formRequest({
  fields: ({ kind, name, pem, commonName, names }: CertificateValues) => {
    const field = fieldsOf<CertificateValues>()
    if (kind === 'custom') {
      return {
        name: field('name', name),
        custom_certificate: { certificate_chain: field('pem', pem) },
      }
    }
    const others = names.split(/[\s,;]+/).filter(Boolean)
    return {
      name: field('name', name),
      letsencrypt: {
        common_name: field('commonName', commonName),
        subject_alternative_name: field('names', others),
      },
    }
  },
  schema: async () => (await import('#lib/core/certificate.ts')).CreateCertificate,
})
