import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type MadeCertificate = { key: string; certificate: string }

type Wanted = {
  /** As openssl writes it: "/CN=www.example.com". */
  subject?: string
  /** As openssl writes them: "DNS:a.example,IP:10.0.0.1". */
  names?: string
  days?: number
  issuer?: MadeCertificate
}

/** A certificate with its key, made by openssl; by itself, or by an issuer. */
export function makeCertificate(wanted: Wanted = {}): MadeCertificate {
  const { subject = '/CN=www.example.com', names = 'DNS:a.example', days = 30, issuer } = wanted
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-certificate-'))
  const inside = (name: string, content?: string) => {
    const path = join(directory, name)
    if (content !== undefined) writeFileSync(path, content)
    return path
  }
  try {
    const key = inside('key.pem')
    const certificate = inside('certificate.pem')
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
    const from = issuer
      ? ['-CA', inside('ca.pem', issuer.certificate), '-CAkey', inside('ca.key', issuer.key)]
      : []
    const named = names === '' ? [] : ['-addext', `subjectAltName=${names}`]
    const output = ['-nodes', '-keyout', key, '-out', certificate]
    const dates = ['-subj', subject, '-days', String(days)]
    execFileSync('openssl', [...args, ...dates, ...named, ...from, ...output], { stdio: 'pipe' })
    return { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
