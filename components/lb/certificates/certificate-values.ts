import type * as z from 'zod'
import { CreateCertificate } from '#lib/core/certificate.ts'

/** A certificate as its form holds it. */
export type CertificateValues = {
  kind: 'custom' | 'letsencrypt'
  name: string
  pem: string
  commonName: string
  /** One per line. */
  names: string
}
export type CertificateField = keyof CertificateValues

export const NEW_CERTIFICATE: CertificateValues = {
  kind: 'custom',
  name: '',
  pem: '',
  commonName: '',
  names: '',
}

const INPUTS: readonly [RegExp, CertificateField][] = [
  [/^name$/, 'name'],
  [/^letsencrypt\.common_name$/, 'commonName'],
  [/^letsencrypt/, 'names'],
  [/^custom_certificate/, 'pem'],
]

/** The input of a field of the request; null for what has none. */
export function certificateInput(field: string): CertificateField | null {
  return INPUTS.find(([pattern]) => pattern.test(field))?.[1] ?? null
}

/** The request that the values make. */
export function certificateRequest(values: CertificateValues): z.input<typeof CreateCertificate> {
  const { kind, name, pem, commonName, names } = values
  if (kind === 'custom') return { name, custom_certificate: { certificate_chain: pem } }
  const others = names.split(/[\s,;]+/).filter(Boolean)
  return { name, letsencrypt: { common_name: commonName, subject_alternative_name: others } }
}

/** What is wrong with the values, the first of each input. */
export function certificateProblems(values: CertificateValues) {
  const { error } = CreateCertificate.safeParse(certificateRequest(values))
  const problems: Partial<Record<CertificateField, string>> = {}
  for (const { path, message } of error?.issues ?? []) {
    problems[certificateInput(path.join('.')) ?? 'name'] ??= message
  }
  return problems
}
