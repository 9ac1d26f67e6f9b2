import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { contain } from '#lib/process/faults.ts'
import { type SyslogTarget, targetName } from './syslog-target.ts'

/** Time limit for a receiver to accept, read and close a connection. Milliseconds. */
const TIMEOUT_MS = 30_000

/** The message size that receivers should support: RFC 5424 section 6.1 for UDP, RFC 5425 section 4.3.1 for streams. Bytes. */
export const MESSAGE_MAX: Record<SyslogTarget['transport'], number> = {
  udp: 2048,
  tcp: 8192,
  tls: 8192,
}

/**
 * Sends messages. Over UDP they can get lost. Over TCP and TLS it resolves once the receiver has read all of them.
 * @throws Error if that isn't certain; some messages may have arrived
 */
export async function sendSyslog(
  target: SyslogTarget,
  messages: Buffer[],
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = contain('audit', () => reject(signal.reason), reject)
  signal.addEventListener('abort', onAbort)
  const send = target.transport === 'udp' ? sendDatagrams : sendStream
  try {
    // A DNS lookup can't be aborted.
    await Promise.race([send(target, messages, signal), aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** RFC 5426: one message per datagram. */
async function sendDatagrams({ host, port }: SyslogTarget, messages: Buffer[]): Promise<void> {
  const { address, family } = await lookup(host)
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  const { promise: failed, reject } = Promise.withResolvers<never>()
  socket.on('error', contain('audit', reject, reject))
  const sendAll = async () => {
    for (const message of messages) {
      await new Promise<void>((resolve, refuse) => {
        const onSent = contain(
          'audit',
          (error: Error | null) => (error ? refuse(error) : resolve()),
          refuse,
        )
        socket.send(message, onSent)
      })
    }
  }
  try {
    // A connected socket reports ICMP errors such as port unreachable.
    socket.connect(port, address)
    await Promise.race([once(socket, 'connect'), failed])
    await Promise.race([sendAll(), failed])
  } finally {
    socket.close()
  }
}

/**
 * RFC 6587 section 3.4.1 and RFC 5425 section 4.3: octet counting. TCP doesn't acknowledge what the receiver has read, and data in
 * flight is lost when a connection breaks. So each batch has its own connection: a receiver that closes it cleanly has read
 * everything.
 */
async function sendStream(
  target: SyslogTarget,
  messages: Buffer[],
  signal: AbortSignal,
): Promise<void> {
  const socket = connect(target)
  const framed = messages.flatMap((message) => [Buffer.from(`${message.length} `), message])
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (error: unknown) => {
    socket.destroy()
    reject(error)
  }
  const onTimeout = () =>
    fail(new Error(`${targetName(target)} did not read and close the connection in time`))
  const onClose = () =>
    socket.writableFinished && socket.readableEnded
      ? resolve()
      : fail(new Error(`${targetName(target)} closed the connection early`))
  const onAbort = contain('audit', () => fail(signal.reason), reject)
  signal.addEventListener('abort', onAbort)
  const timer = setTimeout(contain('audit', onTimeout, fail), TIMEOUT_MS)
  socket.on('error', contain('audit', fail, reject))
  socket.on('close', contain('audit', onClose, reject))
  // Data is discarded; the end of the stream is seen only after it.
  socket.resume()
  socket.end(Buffer.concat(framed))
  try {
    await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

function connect({ transport, host, port, ca }: SyslogTarget): Socket {
  if (transport === 'tcp') return connectTcp({ host, port })
  return connectTls({
    host,
    port,
    ...(ca !== null && { ca }),
    // SNI can't contain an address; RFC 6066 section 3.
    ...(!isIP(host) && { servername: host }),
  })
}
