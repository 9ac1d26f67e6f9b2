import { X509Certificate } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { textOf } from '#lib/node/transport/answer.ts'
import { type ControlPlaneAccess, postToControlPlane } from '#lib/node/transport/control-plane.ts'
import {
  type NodeIdentity,
  readIdentity,
  writeIdentity,
} from '#lib/node/transport/node-identity.ts'
import { detach } from '#lib/process/faults.ts'
import { createSigningRequest } from '#lib/process/x509/signing-request.ts'
import { RENEW_PATH, RenewResponse } from '#lib/protocol/join.ts'
import { print } from '../terminal.ts'
import { Refusal } from './refusal.ts'

/** The part of its life after which a certificate is renewed. */
const RENEWED_AFTER = 2 / 3
/** At most this long without looking at the clock, which somebody may set, or which may stand still while the host sleeps. */
const LOOK_EVERY_MS = 60 * 60_000
const RETRY_MIN_MS = 10_000
const RETRY_MAX_MS = 30 * 60_000
const TIMEOUT_MS = 10_000

/** Renews the node's certificate in time. */
export class CertificateRenewal {
  readonly #accesses: () => ControlPlaneAccess[]
  readonly #file: string
  readonly #stopped = new AbortController()

  /** @param accesses to all control planes, any of which can renew it */
  constructor(accesses: () => ControlPlaneAccess[], identityFile: string) {
    this.#accesses = accesses
    this.#file = identityFile
  }

  start(): void {
    detach('maintenance', () => this.#run())
  }

  stop(): void {
    this.#stopped.abort()
  }

  async #run(): Promise<void> {
    let failures = 0
    while (!this.#stopped.signal.aborted) {
      const waitMs = this.#dueInMs()
      if (waitMs > 0) {
        await this.#wait(Math.min(waitMs, LOOK_EVERY_MS))
        continue
      }
      try {
        await this.renew()
        failures = 0
      } catch (error) {
        if (this.#stopped.signal.aborted) return
        const { message } = error as Error
        print(`The node's certificate could not be renewed: ${message} It is tried again.`)
        const longest = Math.min(RETRY_MIN_MS * 2 ** failures, RETRY_MAX_MS)
        failures += 1
        await this.#wait(longest * (0.5 + Math.random() / 2))
      }
    }
  }

  /** Gets a certificate for a new key from the first control plane that issues it. @throws Error in a sentence, of the last one */
  async renew(): Promise<void> {
    const { key, csr } = await createSigningRequest(this.#identity().node.name)
    const certificate = await this.#certify(csr)
    writeIdentity(this.#file, { ...this.#identity(), key, certificate })
    const { validToDate } = new X509Certificate(certificate)
    print(`The node's certificate was renewed. It is valid until ${validToDate.toISOString()}.`)
  }

  async #certify(csr: string): Promise<string> {
    let problem: unknown
    for (const access of this.#accesses()) {
      if (this.#stopped.signal.aborted) break
      try {
        return await this.#certifyAt(access, csr)
      } catch (error) {
        problem = error
      }
    }
    throw problem
  }

  async #certifyAt(access: ControlPlaneAccess, csr: string): Promise<string> {
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(TIMEOUT_MS)])
    const answer = await postToControlPlane(access, RENEW_PATH, JSON.stringify({ csr }), signal)
    const body = await textOf(answer)
    if (!answer.isOk) throw new Refusal(answer.status, body)
    return RenewResponse.parse(JSON.parse(body)).certificate
  }

  #identity(): NodeIdentity {
    const identity = readIdentity(this.#file)
    if (!identity) throw new Error(`${this.#file} is missing.`)
    return identity
  }

  #dueInMs(): number {
    const { validFromDate, validToDate } = new X509Certificate(this.#identity().certificate)
    const [from, to] = [validFromDate.getTime(), validToDate.getTime()]
    return from + (to - from) * RENEWED_AFTER - Date.now()
  }

  async #wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopped.signal, ref: false }).catch(() => {})
  }
}
