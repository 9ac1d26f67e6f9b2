import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MadeCertificate } from '../make-certificate.ts'
import { requireProgram } from './programs.ts'
import { makeDirectory, type ServerProgram, startProgram } from './server-program.ts'

/** A message as rsyslog parsed it. */
export type ReceivedMessage = {
  priority: string
  time: string
  host: string
  app: string
  process: string
  id: string
  data: string
  text: string
}

export type Rsyslog = ServerProgram & {
  /** The received messages, in order. */
  messages(): ReceivedMessage[]
}

const FIELDS: Record<keyof ReceivedMessage, string> = {
  priority: 'name="pri"',
  time: 'name="timereported" dateFormat="rfc3339"',
  host: 'name="hostname"',
  app: 'name="app-name"',
  process: 'name="procid"',
  id: 'name="msgid"',
  data: 'name="structured-data"',
  text: 'name="msg"',
}

/** Starts an rsyslog that receives at address:port, by UDP and TCP, or by TLS with a certificate. */
export async function startRsyslog(
  address: string,
  port: number,
  certificate: MadeCertificate | null = null,
): Promise<Rsyslog> {
  const directory = makeDirectory('rsyslog')
  const file = (name: string, content?: string) => {
    const path = join(directory, name)
    if (content !== undefined) writeFileSync(path, content)
    return path
  }
  const received = file('received', '')
  const fields = Object.entries(FIELDS).map(
    ([name, property]) => `property(outname="${name}" ${property} format="jsonf")`,
  )
  const secured = certificate
    ? `defaultNetstreamDriver="ossl"
       defaultNetstreamDriverCAFile="${file('ca.pem', certificate.certificate)}"
       defaultNetstreamDriverCertFile="${file('certificate.pem', certificate.certificate)}"
       defaultNetstreamDriverKeyFile="${file('key.pem', certificate.key)}"`
    : ''
  const driver = certificate
    ? 'StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"'
    : ''
  const lines = [
    `global(workDirectory="${directory}" maxMessageSize="64k" ${secured})`,
    `module(load="imtcp" ${driver})`,
    'module(load="imudp")',
    `template(name="json" type="list" option.jsonf="on") { ${fields.join('\n')} }`,
    `ruleset(name="all") { action(type="omfile" file="${received}" template="json" asyncWriting="off") }`,
    `input(type="imtcp" address="${address}" port="${port}" ruleset="all")`,
    `input(type="imudp" address="${address}" port="${port}" ruleset="all")`,
  ]
  const config = file('rsyslog.conf', `${lines.join('\n')}\n`)
  const program = requireProgram('rsyslogd')
  const args = ['-n', '-f', config, '-i', join(directory, 'pid')]
  const server = await startProgram({ name: 'rsyslog', address, port, program, args, directory })
  const messages = () =>
    readFileSync(received, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): ReceivedMessage => JSON.parse(line))
  return Object.assign(server, { messages })
}
