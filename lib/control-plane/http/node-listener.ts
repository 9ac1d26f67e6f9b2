import { constants } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type createAdaptorServer as Create, createAdaptorServer } from '@hono/node-server'
import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'
import { HTTP_TIMEOUTS, limitConnections } from '#lib/process/http-limits.ts'
import { limitUnreadBodies } from '#lib/process/unread-bodies.ts'
import type { CertificateAuthority } from '../nodes/joining/certificate-authority.ts'

/** Connections of all nodes. */
const CONNECTIONS_MAX = 2048
const HANDSHAKE_TIMEOUT_MS = 10_000
/** How long the server's certificate is valid, and how often it is replaced. */
const SERVER_CERTIFICATE_DAYS = 2
const RENEW_EVERY_MS = 12 * 60 * 60_000
const RENEW_RETRY_MS = 60_000

type Options = {
  authority: CertificateAuthority
  fetch: Parameters<typeof Create>[0]['fetch']
  log: Logger
  connectionsMax?: number
  renewEveryMs?: number
}

/** Where nodes of other machines connect: HTTPS with client certificates. */
export class NodeListener {
  readonly #server: Server
  readonly #authority: CertificateAuthority
  readonly #log: Logger
  readonly #renewEveryMs: number
  #renewal: NodeJS.Timeout | null = null

  private constructor(server: Server, options: Options) {
    const { authority, log, renewEveryMs = RENEW_EVERY_MS } = options
    this.#server = server
    this.#authority = authority
    this.#log = log
    this.#renewEveryMs = renewEveryMs
  }

  static async create(options: Options): Promise<NodeListener> {
    const server = createAdaptorServer({
      fetch: options.fetch,
      createServer,
      serverOptions: {
        ...HTTP_TIMEOUTS,
        ...(await secureContext(options.authority)),
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        requestCert: true,
        // Hosts join without a certificate, and an invalid one is refused in words.
        rejectUnauthorized: false,
      },
      // limitUnreadBodies does this.
      autoCleanupIncoming: false,
    }) as Server
    limitConnections(server, options.connectionsMax ?? CONNECTIONS_MAX)
    limitUnreadBodies(server)
    return new NodeListener(server, options)
  }

  /** @returns the port. @throws Error with a one-line message */
  async listen({ host, port }: { host: string; port: number }): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      const onError = contain(
        'process',
        (error: NodeJS.ErrnoException) => reject(new Error(listenErrorMessage(error, host, port))),
        reject,
      )
      this.#server.once('error', onError)
      const onListening = contain(
        'process',
        () => {
          this.#server.off('error', onError)
          resolve()
        },
        reject,
      )
      this.#server.listen(port, host, onListening)
    })
    this.#renewIn(this.#renewEveryMs)
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends all connections: streams of nodes have no end of their own. */
  async close(): Promise<void> {
    if (this.#renewal) clearTimeout(this.#renewal)
    await new Promise<void>((resolve) => {
      const onClosed = contain(
        'stop',
        () => resolve(),
        () => resolve(),
      )
      this.#server.close(onClosed)
      this.#server.closeAllConnections()
    })
  }

  #renewIn(ms: number): void {
    const onDue = contain('maintenance', () => detach('maintenance', () => this.#renew()))
    this.#renewal = setTimeout(onDue, ms).unref()
  }

  /** Replaces the server's certificate. Connections in progress keep the one that they began with. */
  async #renew(): Promise<void> {
    try {
      this.#server.setSecureContext(await secureContext(this.#authority))
      this.#renewIn(this.#renewEveryMs)
    } catch (err) {
      this.#log.error({ err }, 'the certificate of the node listener could not be renewed')
      this.#renewIn(RENEW_RETRY_MS)
    }
  }
}

async function secureContext(authority: CertificateAuthority) {
  const { key, certificate } = await authority.certifyServer(SERVER_CERTIFICATE_DAYS)
  return {
    key,
    // With the authority's own, which joining hosts check by its pin.
    cert: certificate + authority.pem,
    ca: authority.pem,
    minVersion: 'TLSv1.2' as const,
    // A resumed session would not prove again who the client is.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  }
}

function listenErrorMessage({ code, message }: NodeJS.ErrnoException, host: string, port: number) {
  const setting = 'Set FAIRLEAD_NODE_ADDRESS to another address.'
  if (code === 'EADDRINUSE') {
    return `Nodes can't connect to ${host} port ${port}: another program uses it. ${setting}`
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `Nodes can't connect to ${host}: this machine has no such address. ${setting}`
  }
  if (code === 'EACCES') {
    return `Nodes can't connect to ${host} port ${port}: it is not permitted to listen there. ${setting}`
  }
  return message
}
