import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { startNginxWith } from '#lib/testing/programs/nginx.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'

/** A real nginx that terminates TLS in front of a URL. @param lines for its `location` */
export async function startHttpsProxy(upstream: string, lines = ''): Promise<ServerProgram> {
  const [address, port] = ['127.0.0.1', await freePort()]
  return startNginxWith(address, port, (directory) => {
    const [certificate, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
    writeFileSync(certificate, TEST_CERTIFICATE.cert)
    writeFileSync(key, TEST_CERTIFICATE.key)
    return `
  server {
    listen ${address}:${port} ssl;
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    location / { proxy_pass ${upstream}; ${lines} }
  }`
  })
}
