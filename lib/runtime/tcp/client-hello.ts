/** A larger ClientHello counts as one without SNI. Bytes. */
const CLIENT_HELLO_MAX_BYTES = 16 * 1024
const HANDSHAKE_RECORD = 22
const CLIENT_HELLO = 1
/** A handshake message's type and length. Bytes. */
const HANDSHAKE_HEADER_BYTES = 4
const SERVER_NAME = 0
const HOST_NAME = 0
/** Version and random. Bytes. */
const HELLO_START_BYTES = 2 + 32

/** The bytes end before the element that is being read. */
class EndOfBytes extends Error {}

/**
 * The server name (SNI) of a TLS client, read without terminating TLS (RFC 8446 section 4.1.2, RFC 6066 section 3).
 * @param bytes the first of the connection
 * @returns the name in lower case; null without SNI or TLS; undefined while more bytes are needed
 */
export function serverNameOf(bytes: Buffer): string | null | undefined {
  if (bytes.length > 0 && bytes[0] !== HANDSHAKE_RECORD) return null
  const { data, complete } = handshakeData(bytes.subarray(0, CLIENT_HELLO_MAX_BYTES))
  try {
    return serverNameIn(new Reader(data))
  } catch (error) {
    if (!(error instanceof EndOfBytes)) throw error
    const isIncomplete = !complete && bytes.length < CLIENT_HELLO_MAX_BYTES
    return isIncomplete ? undefined : null
  }
}

/**
 * The number of bytes from which parsing again may find the server name. So a ClientHello is parsed a few dozen times at most, however
 * its records are split.
 */
export function nextParseSize(bytes: Buffer): number {
  const { data } = handshakeData(bytes.subarray(0, CLIENT_HELLO_MAX_BYTES))
  const size =
    HANDSHAKE_HEADER_BYTES + (data.length < HANDSHAKE_HEADER_BYTES ? 0 : data.readUIntBE(1, 3))
  return Math.min(bytes.length + Math.max(1, size - data.length), CLIENT_HELLO_MAX_BYTES)
}

/** The content of the handshake records; complete if another kind of record, or an empty one, follows (RFC 8446 section 5.1). */
function handshakeData(bytes: Buffer): { data: Buffer; complete: boolean } {
  const parts: Buffer[] = []
  let offset = 0
  while (offset + 5 <= bytes.length) {
    if (bytes[offset] !== HANDSHAKE_RECORD) return { data: Buffer.concat(parts), complete: true }
    const length = bytes.readUInt16BE(offset + 3)
    if (length === 0) return { data: Buffer.concat(parts), complete: true }
    parts.push(bytes.subarray(offset + 5, offset + 5 + length))
    offset += 5 + length
  }
  return { data: Buffer.concat(parts), complete: false }
}

function serverNameIn(handshake: Reader): string | null {
  if (handshake.byte() !== CLIENT_HELLO) return null
  const hello = handshake.vector(3)
  hello.skip(HELLO_START_BYTES)
  hello.vector(1) // session id
  hello.vector(2) // cipher suites
  hello.vector(1) // compression methods
  if (hello.atEnd) return null
  const extensions = hello.vector(2)
  while (!extensions.atEnd) {
    const type = extensions.number(2)
    const data = extensions.vector(2)
    if (type === SERVER_NAME) return hostNameIn(data.vector(2))
  }
  return null
}

function hostNameIn(names: Reader): string | null {
  while (!names.atEnd) {
    const type = names.byte()
    const name = names.vector(2)
    if (type === HOST_NAME) return nameOf(name.text())
  }
  return null
}

/** Letters, digits, hyphens, underscores and dots; null for other text. */
function nameOf(text: string): string | null {
  return /^[a-z0-9_.-]{1,255}$/i.test(text) ? text.toLowerCase() : null
}

/** Reads numbers and vectors of TLS's presentation language (RFC 8446 section 3). */
class Reader {
  readonly #bytes: Buffer
  #offset = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#offset >= this.#bytes.length
  }

  byte(): number {
    return this.number(1)
  }

  /** A big-endian number. @param size in bytes */
  number(size: number): number {
    this.#need(size)
    const value = this.#bytes.readUIntBE(this.#offset, size)
    this.#offset += size
    return value
  }

  skip(size: number): void {
    this.#need(size)
    this.#offset += size
  }

  /** A vector with a length of `size` bytes. */
  vector(size: number): Reader {
    const length = this.number(size)
    const start = this.#offset
    this.skip(length)
    return new Reader(this.#bytes.subarray(start, start + length))
  }

  text(): string {
    return this.#bytes.toString('latin1')
  }

  #need(size: number): void {
    if (this.#offset + size > this.#bytes.length) throw new EndOfBytes()
  }
}
