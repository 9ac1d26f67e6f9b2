import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A mail that the server has accepted. */
export type Mail = { to: string[]; text: string }

/** The account that the server of `runMailServer` accepts. */
const USER = { user: 'fairlead', pass: 'secret' }

/** A mail server that stores messages. If `refuse` is set, it refuses every recipient. */
export async function runMailServer({ refuse = false } = {}) {
  const mails: Mail[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) =>
      username === USER.user && password === USER.pass
        ? done(null, { user: username })
        : done(new Error('no')),
    onRcptTo: (_address, _session, done) =>
      done(refuse ? Object.assign(new Error('no such user'), { responseCode: 550 }) : null),
    onData: (stream, { envelope }, done) => {
      let text = ''
      stream.setEncoding('utf8')
      stream.on('data', (chunk) => {
        text += chunk
      })
      stream.on('end', () => {
        mails.push({ to: envelope.rcptTo.map(({ address }) => address), text })
        done()
      })
    },
  })
  // The connections of a client that is killed.
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const url = `smtp://${USER.user}:${USER.pass}@127.0.0.1:${port}`
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return { url, mails, [Symbol.asyncDispose]: close }
}
