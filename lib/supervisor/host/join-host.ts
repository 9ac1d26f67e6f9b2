import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type ControlPlaneAccess, postToControlPlane } from '#lib/node/transport/control-plane.ts'
import {
  controlPlanesOf,
  controlPlaneUrl,
  type NodeIdentity,
  readIdentity,
  writeIdentity,
} from '#lib/node/transport/node-identity.ts'
import { VERSION } from '#lib/process/version.ts'
import { createSigningRequest } from '#lib/process/x509/signing-request.ts'
import { HOST_REPORT_PATH } from '#lib/protocol/host-link.ts'
import { JOIN_PATH, type JoinRequest, JoinResponse, pinOf } from '#lib/protocol/join.ts'
import { databaseFileOf, dataDirOf, joinedNodeFile, secureDataDir } from '../data-dir.ts'
import { lockDataDir } from '../installation-lock.ts'
import type { Environment } from '../settings/environment.ts'
import { print } from '../terminal.ts'
import { addressOn, type HostInterface, interfaceWith } from './host-interface.ts'
import { carrierLabelsFile } from './host-ownership.ts'
import { addressText, type JoinTarget } from './join-arguments.ts'
import { fetchAuthority, postOverTls } from './join-connection.ts'
import { Refusal } from './refusal.ts'

/** How long the control plane may take to say whether it accepts a node. Milliseconds. */
const CHECK_MS = 5000

/**
 * Joins this host: proves by the token's pin that the control plane is the right one, then exchanges the token's secret for a
 * certificate, and keeps that in the data directory.
 * @throws Error in one line
 */
export async function joinHost(target: JoinTarget, env: Environment): Promise<NodeIdentity> {
  const dataDir = dataDirOf(env)
  await requireUnused(dataDir)
  for (const line of secureDataDir(dataDir)) print(line)
  const { release } = lockDataDir(dataDir)
  try {
    forgetFormerNode(dataDir)
    const identity = await exchange(target)
    writeIdentity(joinedNodeFile(dataDir), identity)
    return identity
  } finally {
    release()
  }
}

/** @throws Error in one line if the data directory has a control plane, or a node that its control plane accepts */
async function requireUnused(dataDir: string): Promise<void> {
  const file = joinedNodeFile(dataDir)
  const former = readIdentity(file)
  if (former && !former.removed && !(await isRefused(former, file))) {
    throw new Error(
      `This host has already joined ${former.control_plane} as ${former.node.name}: "npm start" starts it. To join anew, remove the ` +
        `node in the console first, or remove ${dataDir}.`,
    )
  }
  if (existsSync(databaseFileOf(dataDir))) {
    throw new Error(
      `${dataDir} has the data of a control plane. Set FAIRLEAD_DATA_DIR to another directory for the node.`,
    )
  }
}

/** Whether control planes refuse the certificate of a node, and none accepts it, as the node was removed or its certificate has expired. */
async function isRefused(identity: NodeIdentity, identityFile: string): Promise<boolean> {
  const refusals = controlPlanesOf(identity).map((address) => {
    const access = { apiUrl: controlPlaneUrl(address), credential: null, identityFile }
    return isRefusedBy(access)
  })
  const answers = await Promise.all(refusals)
  return answers.includes(true) && !answers.includes(false)
}

/** Null if it doesn't answer. */
async function isRefusedBy(access: ControlPlaneAccess): Promise<boolean | null> {
  const signal = AbortSignal.timeout(CHECK_MS)
  try {
    const answer = await postToControlPlane(access, HOST_REPORT_PATH, '{"type":"ping"}', signal)
    await answer.cancel()
    return answer.status === 403
  } catch {
    return null
  }
}

/** A removed node's load balancers must not come back with the node that follows it. */
function forgetFormerNode(dataDir: string): void {
  const file = joinedNodeFile(dataDir)
  const former = readIdentity(file)
  if (!former) return
  rmSync(join(dataDir, 'nodes', former.node.name), { recursive: true, force: true })
  rmSync(carrierLabelsFile(dataDir), { force: true })
  rmSync(file)
}

async function exchange(target: JoinTarget): Promise<NodeIdentity> {
  const { ca, localAddress } = await fetchAuthority(target)
  const on = chooseInterface(target, localAddress)
  const { key, csr } = await createSigningRequest(hostname())
  const { secret, pin } = target.token
  const { address } = on
  const request: JoinRequest = { secret, csr, host: hostname(), address, version: VERSION }
  const { status, body } = await postOverTls(target, ca, JOIN_PATH, request)
  if (status !== 200) throw new Refusal(status, body)
  const joined = JoinResponse.parse(JSON.parse(body))
  if (pinOf(new X509Certificate(joined.ca).raw) !== pin) {
    throw new Error('The control plane answered with another certificate authority.')
  }
  const { node, certificate, networks, egress } = joined
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) {
    throw new Error('The control plane has certified another key than that of this host.')
  }
  return {
    ...{ node, key, certificate, ca: joined.ca, networks, egress, address },
    control_plane: addressText(target),
    interface: on.name,
  }
}

/** The interface for HA IPs, and the address for adverts. @throws Error in one line */
function chooseInterface(target: JoinTarget, localAddress: string): HostInterface {
  if (target.interface !== null) {
    const address = addressOn(target.interface)
    if (address !== null) return { name: target.interface, address }
    throw new Error(`This host has no interface ${target.interface} with an IPv4 address.`)
  }
  const found = interfaceWith(localAddress)
  if (found) return found
  throw new Error(
    `The way to ${addressText(target)} leads through no interface with an IPv4 address (${localAddress}). Name the interface for HA ` +
      'IPs: npm run join -- TOKEN@HOST:PORT --interface eth0',
  )
}
