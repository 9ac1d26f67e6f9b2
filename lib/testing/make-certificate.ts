import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type MadeCertificate = { key: string; certificate: string }

type Wanted = {
  /** In openssl's format: "/CN=www.example.com". */
  subject?: string
  /** In openssl's format: "DNS:a.example,IP:10.0.0.1". */
  names?: string
  days?: number
  issuer?: MadeCertificate
}

/** A certificate with its key, made by openssl: self-signed, or signed by an issuer. */
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

/** The settings of `openssl ca`, the only command that accepts dates in the past. */
const SELF_SIGNING = `
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = optional
`

/** A self-signed certificate for a.example that expired on 14 November 2023. */
export function makeExpiredCertificate(): MadeCertificate {
  const cwd = mkdtempSync(join(tmpdir(), 'fairlead-certificate-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd, stdio: 'pipe' })
  try {
    writeFileSync(join(cwd, 'ca.cnf'), SELF_SIGNING)
    writeFileSync(join(cwd, 'index.txt'), '')
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const names = ['-subj', '/CN=www.example.com', '-addext', 'subjectAltName=DNS:a.example']
    openssl('req', '-new', ...key, '-keyout', 'key.pem', ...names, '-out', 'request.pem')
    const dates = ['-startdate', '20221114000000Z', '-enddate', '20231114000000Z']
    const own = ['-config', 'ca.cnf', '-batch', '-notext', '-selfsign', '-keyfile', 'key.pem']
    openssl('ca', ...own, ...dates, '-in', 'request.pem', '-out', 'certificate.pem')
    const read = (name: string) => readFileSync(join(cwd, name), 'utf8')
    return { key: read('key.pem'), certificate: read('certificate.pem') }
  } finally {
    rmSync(cwd, { recursive: true })
  }
}
